/** `node:http` without a framework: `npm run example:node`. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { integer, type Session, text } from 'sojourn'
import { sessions } from 'sojourn/node'
import { announce, page, port, usernameIn } from './site.ts'
import { store } from './store.ts'

const fields = { username: text(), page_views: integer({ default: 0 }) }

const withSession = sessions({
  store,
  fields,
  // Without TLS a browser may keep a Secure cookie to itself.
  cookie: { name: 'sid', secure: process.env['NODE_ENV'] === 'production' },
})

type Handler = (request: IncomingMessage, response: ServerResponse, session: Session<typeof fields>) => unknown

const routes: Record<string, Handler> = {
  'GET /': (_request, response) => response.setHeader('Content-Type', 'text/html').end(page),

  'GET /me': (_request, response, session) => send(response, 200, me(session)),

  'POST /login': async (request, response, session) => {
    const username = usernameIn(await json(request).catch(() => null))
    if (username === null) return send(response, 400, { error: 'a username is missing' })
    // An application checks a password here. Then the session gets a new ID, so that one seen before is worth nothing.
    await session.rotate({ authenticated: true, data: { username } })
    send(response, 200, me(session))
  },

  'POST /visit': async (_request, response, session) =>
    send(response, 200, { views: await session.increment('page_views') }),

  'POST /logout': async (_request, response, session) => {
    await session.destroy()
    send(response, 200, { ok: true })
  },
}

function me(session: Session<typeof fields>) {
  return { username: session.get('username') ?? null, views: session.get('page_views') }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}

const notFound: Handler = (_request, response) => send(response, 404, { error: 'not found' })

const server = createServer(
  withSession((request, response, session) =>
    (routes[`${request.method} ${request.url}`] ?? notFound)(request, response, session),
  ),
)
server.listen(port, () => announce(server.address()))
