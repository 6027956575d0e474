/** Fastify: `npm run example:fastify`. */
import Fastify, { type FastifyRequest } from 'fastify'
import { integer, type Session, text } from 'sojourn'
import { sessions } from 'sojourn/fastify'
import { announce, page, port, usernameIn } from './site.ts'
import { store } from './store.ts'

const fields = { username: text(), page_views: integer({ default: 0 }) }

const app = Fastify()
await app.register(sessions, {
  store,
  fields,
  // Without TLS a browser may keep a Secure cookie to itself.
  cookie: { name: 'sid', secure: process.env['NODE_ENV'] === 'production' },
})

app.get('/', async (_request, reply) => reply.type('text/html').send(page))

app.get('/me', async (request) => me(request))

app.post('/login', async (request, reply) => {
  const username = usernameIn(request.body)
  if (username === null) return reply.code(400).send({ error: 'a username is missing' })
  // An application checks a password here. Then the session gets a new ID, so that one seen before is worth nothing.
  await sessionOf(request).rotate({ authenticated: true, data: { username } })
  return me(request)
})

app.post('/visit', async (request) => ({ views: await sessionOf(request).increment('page_views') }))

app.post('/logout', async (request) => {
  await sessionOf(request).destroy()
  return { ok: true }
})

function me(request: FastifyRequest) {
  const session = sessionOf(request)
  return { username: session.get('username') ?? null, views: session.get('page_views') }
}

/** An application of its own registers its fields once instead, and has their types in `request.session`. */
function sessionOf({ session }: FastifyRequest): Session<typeof fields> {
  return session as unknown as Session<typeof fields>
}

await app.listen({ port })
announce(app.server.address())
