/** Koa: `npm run example:koa`. */
import { json } from 'node:stream/consumers'
import Koa, { type Context } from 'koa'
import { integer, text } from 'sojourn'
import { sessions } from 'sojourn/koa'
import { announce, page, port, usernameIn } from './site.ts'
import { store } from './store.ts'

const session = sessions({
  store,
  fields: { username: text(), page_views: integer({ default: 0 }) },
  // Without TLS a browser may keep a Secure cookie to itself.
  cookie: { name: 'sid', secure: process.env['NODE_ENV'] === 'production' },
})

const app = new Koa()
app.use(session)
app.use(async (ctx) => {
  ctx.body = await answer(ctx)
})

async function answer(ctx: Context): Promise<unknown> {
  const mine = session.of(ctx)
  switch (`${ctx.method} ${ctx.path}`) {
    case 'GET /':
      return page
    case 'GET /me':
      return me(ctx)
    case 'POST /login': {
      const username = usernameIn(await json(ctx.req).catch(() => null))
      if (username === null) return ctx.throw(400, 'a username is missing')
      // An application checks a password here. Then the session gets a new ID, so that one seen before is worth nothing.
      await mine.rotate({ authenticated: true, data: { username } })
      return me(ctx)
    }
    case 'POST /visit':
      return { views: await mine.increment('page_views') }
    case 'POST /logout':
      await mine.destroy()
      return { ok: true }
    default:
      return ctx.throw(404)
  }
}

function me(ctx: Context) {
  const mine = session.of(ctx)
  return { username: mine.get('username') ?? null, views: mine.get('page_views') }
}

const server = app.listen(port, () => announce(server.address()))
