/** Hono, here on Node: `npm run example:hono`. */
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { integer, type Session, text } from 'sojourn'
import { type SessionEnv, sessions } from 'sojourn/hono'
import { announce, page, port, usernameIn } from './site.ts'
import { store } from './store.ts'

const fields = { username: text(), page_views: integer({ default: 0 }) }

const app = new Hono<SessionEnv<typeof fields>>()
app.use(
  sessions({
    store,
    fields,
    // Without TLS a browser may keep a Secure cookie to itself.
    cookie: { name: 'sid', secure: process.env['NODE_ENV'] === 'production' },
  }),
)

app.get('/', (c) => c.html(page))

app.get('/me', (c) => c.json(me(c.var.session)))

app.post('/login', async (c) => {
  const username = usernameIn(await c.req.json().catch(() => null))
  if (username === null) return c.json({ error: 'a username is missing' }, 400)
  // An application checks a password here. Then the session gets a new ID, so that one seen before is worth nothing.
  await c.var.session.rotate({ authenticated: true, data: { username } })
  return c.json(me(c.var.session))
})

app.post('/visit', async (c) => c.json({ views: await c.var.session.increment('page_views') }))

app.post('/logout', async (c) => {
  await c.var.session.destroy()
  return c.json({ ok: true })
})

function me(session: Session<typeof fields>) {
  return { username: session.get('username') ?? null, views: session.get('page_views') }
}

serve({ fetch: app.fetch, port }, announce)
