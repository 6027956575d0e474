/**
 * The servers that are measured: each framework bare, with sojourn, and with the session stack that it is usually given.
 * Two routes: GET /read answers with a field of the session, GET /visit counts a visit in it.
 */
import { createServer, type RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import type { Session } from 'sojourn'
import { RedisSessionStore } from 'sojourn'
import { sessions as expressSessions } from 'sojourn/express'
import { sessions as fastifySessions } from 'sojourn/fastify'
import { sessions as fetchSessions } from 'sojourn/fetch'
import { sessions as honoSessions, type SessionEnv } from 'sojourn/hono'
import { sessions as koaSessions } from 'sojourn/koa'
import { sessions as nodeSessions } from 'sojourn/node'
import type { BenchClient } from '../client.ts'

type Listener = RequestListener

const sojourn = (client: BenchClient, cache: object | undefined) => ({
  store: new RedisSessionStore({ client, commandTimeout: 10_000, cache }),
  cookie: { secure: false },
})
type SojournOptions = ReturnType<typeof sojourn>

/** What both routes do, with and without a session. */
async function answer(path: string, session: Session | null): Promise<{ views: number | string | null }> {
  if (session === null) return { views: 1 }
  if (path === '/visit') return { views: await session.increment('views') }
  return { views: session.get('views') ?? null }
}

/** What is used of a middleware. Its own types claim the same properties as ours, so it is loaded without them. */
interface Untyped {
  readonly default: (options: object) => express.RequestHandler
  readonly RedisStore: new (options: object) => object
}

const untyped = async (name: string): Promise<Untyped> => import(name)

const SECRET = 'a secret of at least thirty-two characters'
const COOKIE = { secure: false, maxAge: 1_800_000 }

const BARE: Record<string, () => Promise<Listener>> = {
  node: async () => async (request, response) => {
    response.end(JSON.stringify(await answer(request.url as string, null)))
  },
  express: async () =>
    expressApp(
      (app) => app,
      () => null,
    ),
  fastify: async () =>
    fastifyApp(
      async () => {},
      () => null,
    ),
  koa: async () => koaApp([], () => null),
  hono: async () => honoApp((app) => app, false),
  fetch: async () =>
    getRequestListener(async (request) => Response.json(await answer(new URL(request.url).pathname, null))),
}

const SOJOURN: Record<string, (options: SojournOptions) => Promise<Listener>> = {
  node: async (options) =>
    nodeSessions(options)(async (request, response, session) => {
      response.end(JSON.stringify(await answer(request.url as string, session)))
    }),
  express: async (options) =>
    expressApp(
      (app) => app.use(expressSessions(options)),
      (request) => request.session,
    ),
  fastify: async (options) =>
    fastifyApp(
      async (app) => app.register(fastifySessions, options),
      (request) => request.session,
    ),
  koa: async (options) => koaApp([koaSessions(options)], (ctx) => ctx.session),
  hono: async (options) => honoApp((app) => app.use(honoSessions(options)), true),
  fetch: async (options) =>
    getRequestListener(
      fetchSessions(options)(async (request: Request, session) =>
        Response.json(await answer(new URL(request.url).pathname, session)),
      ),
    ),
}

const USUAL: Record<string, (client: BenchClient) => Promise<Listener>> = {
  express: async (client) => {
    const [{ default: session }, { RedisStore }] = [await untyped('express-session'), await untyped('connect-redis')]
    const store = new RedisStore({ client })
    const app = express()
    app.use(session({ store, secret: SECRET, resave: false, saveUninitialized: false, cookie: COOKIE }))
    return usualExpress(app)
  },
  fastify: async (client) => {
    const [{ RedisStore }, cookie, session] = [
      await untyped('connect-redis'),
      (await untyped('@fastify/cookie')).default,
      (await untyped('@fastify/session')).default,
    ]
    return usualFastify(async (app) => {
      await app.register(cookie as never)
      await app.register(session as never, {
        store: new RedisStore({ client }),
        secret: SECRET,
        cookie: COOKIE,
        saveUninitialized: false,
      })
    })
  },
}

/** By name: a framework and one of `bare`, `sojourn`, `lazy` (for `/visit`), `cached` and `usual`. */
export const CONTENDERS: Record<string, (client: BenchClient) => Promise<Listener>> = {
  ...named('bare', BARE),
  ...named('sojourn', SOJOURN, (client) => sojourn(client, undefined)),
  ...named('lazy', SOJOURN, (client) => ({ ...sojourn(client, undefined), lazy: true })),
  ...named('cached', SOJOURN, (client) => sojourn(client, {})),
  ...named('usual', USUAL, (client) => client),
}

function named<Options>(
  kind: string,
  frameworks: Record<string, (options: Options) => Promise<Listener>>,
  optionsOf: (client: BenchClient) => Options = () => undefined as Options,
) {
  return Object.fromEntries(
    Object.entries(frameworks).map(([framework, make]) => [
      `${framework} ${kind}`,
      (client: BenchClient) => make(optionsOf(client)),
    ]),
  )
}

/** Serves a contender on a free port, and says which. `/loop` answers with the milliseconds that its event loop was busy. */
export async function serve(name: string, client: BenchClient): Promise<number> {
  const listener = await (CONTENDERS[name] as (client: BenchClient) => Promise<Listener>)(client)
  const server = createServer((request, response) => {
    if (request.url === '/loop') response.end(String(performance.eventLoopUtilization().active))
    else listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as { port: number }).port
}

function expressApp(
  prepare: (app: express.Express) => unknown,
  sessionOf: (request: express.Request) => Session | null,
): Listener {
  const app = express()
  prepare(app)
  app.get(['/read', '/visit'], async (request, response) => {
    response.json(await answer(request.path, sessionOf(request)))
  })
  return app
}

function usualExpress(app: express.Express): Listener {
  app.get(['/read', '/visit'], (request, response) => {
    const session = request.session as unknown as { views?: number }
    if (request.path === '/visit') session.views = (session.views ?? 0) + 1
    response.json({ views: session.views ?? null })
  })
  return app
}

type FastifyApp = ReturnType<typeof Fastify>

async function fastifyApp(
  prepare: (app: FastifyApp) => Promise<unknown>,
  sessionOf: (request: { session: Session }) => Session | null,
): Promise<Listener> {
  return fastifyListener(prepare, (app) => {
    for (const path of ['/read', '/visit'])
      app.get(path, async (request: { session: Session }) => answer(path, sessionOf(request)))
  })
}

function usualFastify(prepare: (app: FastifyApp) => Promise<unknown>): Promise<Listener> {
  return fastifyListener(prepare, (app) => {
    for (const path of ['/read', '/visit']) {
      app.get(path, async (request: { session: unknown }) => {
        const session = request.session as unknown as { views?: number }
        if (path === '/visit') session.views = (session.views ?? 0) + 1
        return { views: session.views ?? null }
      })
    }
  })
}

async function fastifyListener(
  prepare: (app: FastifyApp) => Promise<unknown>,
  route: (app: FastifyApp) => void,
): Promise<Listener> {
  const app = Fastify()
  await prepare(app)
  route(app)
  await app.ready()
  return (request, response) => app.routing(request, response)
}

function koaApp(middlewares: Koa.Middleware[], sessionOf: (ctx: Koa.Context) => Session | null): Listener {
  const app = new Koa()
  for (const middleware of middlewares) app.use(middleware)
  app.use(async (ctx) => {
    ctx.body = await answer(ctx.path, sessionOf(ctx))
  })
  return app.callback() as Listener
}

function honoApp(prepare: (app: Hono<SessionEnv<null>>) => unknown, hasSession: boolean): Listener {
  const app = new Hono<SessionEnv<null>>()
  prepare(app)
  for (const path of ['/read', '/visit']) {
    app.get(path, async (c) => c.json(await answer(path, hasSession ? (c.get('session') as Session) : null)))
  }
  return getRequestListener(app.fetch)
}
