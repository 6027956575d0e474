/** A Fastify application with @fastify/session on 127.0.0.1, and its visitors. */
import fastifyCookie from '@fastify/cookie'
import fastifySession, { type FastifySessionOptions } from '@fastify/session'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type Session } from 'fastify'
import { onTestFinished } from 'vitest'
import { Browser } from '../../support/http/browser.ts'
import { Visitor } from '../support/visitor.ts'

const COOKIE = 'sessionId'

declare module 'fastify' {
  interface Session {
    user?: string
    views?: number
    theme?: string
    cart?: { items: string[] }
  }
}

export type Store = NonNullable<FastifySessionOptions['store']>

/** What it returns is the response's body, as JSON. */
export type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown

export interface Site {
  readonly app: FastifyInstance
  readonly store: Store
  browser(): Visitor
  /** Lets so many seconds pass. */
  age(seconds: number): Promise<void>
}

export type Open = (options: Partial<FastifySessionOptions>, routes: Readonly<Record<string, Handler>>) => Promise<Site>

export function opener(makeStore: () => Store, age: (seconds: number) => Promise<void>): Open {
  return async ({ cookie, ...options }, routes) => {
    const store = makeStore()
    const app = fastify({ forceCloseConnections: true })
    app.register(fastifyCookie)
    app.register(fastifySession, {
      store,
      secret: 'a secret of the tests, which has to be long',
      cookie: { secure: false, ...cookie },
      ...options,
    })
    for (const [path, handler] of Object.entries(routes)) {
      app.all(path, async (request, reply) => {
        const body = await handler(request, reply)
        return reply.type('application/json').send(JSON.stringify(body ?? null))
      })
    }
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })
    onTestFinished(() => app.close())
    return { app, store, age, browser: () => new Visitor(new Browser(origin), COOKIE) }
  }
}

/** What a store holds; `null` when absent. */
export function stored(store: Store, id: string): Promise<Session | null> {
  return new Promise((resolve, reject) => {
    store.get(id, (error, session) => (error ? reject(error) : resolve(session ?? null)))
  })
}

export function end(store: Store, id: string): Promise<void> {
  return new Promise((resolve, reject) => {
    store.destroy(id, (error) => (error ? reject(error) : resolve()))
  })
}
