/** The servers that are measured: each middleware with our drop-in under it, and with connect-redis. */
import type { RequestListener } from 'node:http'
import fastifyCookie from '@fastify/cookie'
import fastifySession, { type FastifySessionOptions } from '@fastify/session'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session, { type Store } from 'express-session'
import Fastify, { type FastifyRequest } from 'fastify'
import { SojournStore as ExpressStore } from 'sojourn/express-session'
import { SojournStore as FastifyStore } from 'sojourn/fastify-session'
import type { BenchClient } from '../client.ts'
import { type Increment, routes, type Visit } from './routes.ts'

export const MIDDLEWARES = ['express-session', '@fastify/session'] as const
export const STORES = ['sojourn', 'connect-redis'] as const
/** A cookie that ends half an hour after the last visit, or with the browser. */
export const COOKIES = ['maxAge', 'browser'] as const

export interface Contender {
  readonly middleware: (typeof MIDDLEWARES)[number]
  readonly store: (typeof STORES)[number]
  readonly cookie: (typeof COOKIES)[number]
}

const SECRET = 'a secret of at least thirty-two characters'

export async function listenerOf({ middleware, store, cookie }: Contender, client: BenchClient) {
  const options = { secure: false, ...(cookie === 'maxAge' ? { maxAge: 1_800_000 } : {}) }
  const theirs = () => new RedisStore({ client })
  if (middleware === 'express-session') {
    const ours = new ExpressStore({ client, commandTimeout: 10_000 })
    return store === 'sojourn'
      ? onExpress(ours, options, (id, property) => ours.increment(id, property))
      : onExpress(theirs(), options, null)
  }
  const ours = new FastifyStore({ client, commandTimeout: 10_000 })
  return store === 'sojourn'
    ? onFastify(ours, options, (id, property) => ours.increment(id, property))
    : onFastify(theirs() as FastifyStoreType, options, null)
}

type FastifyStoreType = NonNullable<FastifySessionOptions['store']>

function onExpress(store: Store, cookie: object, increment: Increment | null): RequestListener {
  const app = express()
  app.use(session({ store, secret: SECRET, resave: false, saveUninitialized: false, cookie }))
  for (const [path, answer] of Object.entries(routes(increment))) {
    app.get(path, async (request, response) => {
      response.json(
        await answer({
          id: request.sessionID,
          session: request.session as unknown as Visit['session'],
          query: request.query as Visit['query'],
          destroy: () =>
            new Promise((resolve, reject) => {
              request.session.destroy((error) => (error ? reject(error) : resolve()))
            }),
        }),
      )
    })
  }
  return app
}

async function onFastify(store: FastifyStoreType, cookie: object, increment: Increment | null) {
  const app = Fastify()
  await app.register(fastifyCookie)
  await app.register(fastifySession, { store, secret: SECRET, saveUninitialized: false, cookie })
  for (const [path, answer] of Object.entries(routes(increment))) {
    app.get(path, async (request: FastifyRequest, reply) =>
      reply.send(
        JSON.stringify(
          await answer({
            id: request.session.sessionId,
            session: request.session as unknown as Visit['session'],
            query: request.query as Visit['query'],
            destroy: () => request.session.destroy(),
          }),
        ),
      ),
    )
  }
  await app.ready()
  const listener: RequestListener = (request, response) => app.routing(request, response)
  return listener
}
