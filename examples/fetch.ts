/** The Fetch API, here behind a server of Node: `npm run example:fetch`. */
import { serve } from '@hono/node-server'
import { integer, type Session, text } from 'sojourn'
import { sessions } from 'sojourn/fetch'
import { announce, page, port, usernameIn } from './site.ts'
import { store } from './store.ts'

const fields = { username: text(), page_views: integer({ default: 0 }) }

const withSession = sessions({
  store,
  fields,
  // Without TLS a browser may keep a Secure cookie to itself.
  cookie: { name: 'sid', secure: process.env['NODE_ENV'] === 'production' },
})

type Handler = (request: Request, session: Session<typeof fields>) => Response | Promise<Response>

const routes: Record<string, Handler> = {
  'GET /': () => new Response(page, { headers: { 'Content-Type': 'text/html' } }),

  'GET /me': (_request, session) => Response.json(me(session)),

  'POST /login': async (request, session) => {
    const username = usernameIn(await request.json().catch(() => null))
    if (username === null) return Response.json({ error: 'a username is missing' }, { status: 400 })
    // An application checks a password here. Then the session gets a new ID, so that one seen before is worth nothing.
    await session.rotate({ authenticated: true, data: { username } })
    return Response.json(me(session))
  },

  'POST /visit': async (_request, session) => Response.json({ views: await session.increment('page_views') }),

  'POST /logout': async (_request, session) => {
    await session.destroy()
    return Response.json({ ok: true })
  },
}

function me(session: Session<typeof fields>) {
  return { username: session.get('username') ?? null, views: session.get('page_views') }
}

const answer = withSession((request: Request, session) => {
  const handle = routes[`${request.method} ${new URL(request.url).pathname}`]
  return handle === undefined ? new Response('Not found', { status: 404 }) : handle(request, session)
})

serve({ fetch: answer, port, overrideGlobalObjects: false }, announce)
