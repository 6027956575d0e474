/** Express: `npm run example:express`. */
import express, { type Request } from 'express'
import { integer, text } from 'sojourn'
import { sessions } from 'sojourn/express'
import { announce, page, port, usernameIn } from './site.ts'
import { store } from './store.ts'

const session = sessions({
  store,
  fields: { username: text(), page_views: integer({ default: 0 }) },
  // Without TLS a browser may keep a Secure cookie to itself.
  cookie: { name: 'sid', secure: process.env['NODE_ENV'] === 'production' },
})

const app = express()
app.use(session, express.json())

app.get('/', (_request, response) => {
  response.send(page)
})

app.get('/me', (request, response) => {
  response.json(me(request))
})

app.post('/login', async (request, response) => {
  const username = usernameIn(request.body)
  if (username === null) {
    response.status(400).json({ error: 'a username is missing' })
    return
  }
  // An application checks a password here. Then the session gets a new ID, so that one seen before is worth nothing.
  await session.of(request).rotate({ authenticated: true, data: { username } })
  response.json(me(request))
})

app.post('/visit', async (request, response) => {
  response.json({ views: await session.of(request).increment('page_views') })
})

app.post('/logout', async (request, response) => {
  await session.of(request).destroy()
  response.json({ ok: true })
})

function me(request: Request) {
  const mine = session.of(request)
  return { username: mine.get('username') ?? null, views: mine.get('page_views') }
}

const server = app.listen(port, () => announce(server.address()))
