/** The three stores as one: what they have in common, by promises. */
import type { SojournStoreOptions } from '../../../src/compat/dropin/options.ts'
import { SojournStore as ExpressStore } from '../../../src/compat/express-session.ts'
import { SojournStore as FastifyStore } from '../../../src/compat/fastify-session.ts'
import { SojournStore as KoaStore } from '../../../src/compat/koa-session.ts'

export type Properties = Record<string, unknown>

export interface AnyStore {
  get(id: string): Promise<Properties | null>
  set(id: string, session: Properties): Promise<void>
  destroy(id: string): Promise<void>
  all(): Promise<Properties[]>
  ids(): Promise<string[]>
  length(): Promise<number>
  clear(): Promise<void>
  increment(id: string, property: string, amount?: number): Promise<number | bigint | null>
}

export interface Face {
  readonly name: string
  open(options: SojournStoreOptions): AnyStore
  /** A session as its middleware would save it, with a cookie that ends in a minute, or with the browser. */
  session(properties?: Properties, cookie?: 'minute' | 'browser'): Properties
}

export const FACES: readonly Face[] = [
  { name: 'express-session', open: (options) => new ExpressStore(options) as unknown as AnyStore, session: withCookie },
  {
    name: '@fastify/session',
    open: (options) => new FastifyStore(options) as unknown as AnyStore,
    session: withCookie,
  },
  {
    name: 'koa-session',
    open(options) {
      const store = new KoaStore(options)
      return {
        get: (id) => store.get(id),
        // koa-session says by an argument how long a session lives.
        set: (id, session) => store.set(id, session, session._session ? 'session' : 60_000),
        destroy: (id) => store.destroy(id),
        all: () => store.all(),
        ids: () => store.ids(),
        length: () => store.length(),
        clear: () => store.clear(),
        increment: (id, property, amount) => store.increment(id, property, amount),
      }
    },
    session: (properties = {}, cookie = 'browser') => ({
      ...properties,
      ...(cookie === 'browser' ? { _session: true } : { _expire: Date.now() + 60_000, _maxAge: 60_000 }),
    }),
  },
]

function withCookie(properties: Properties = {}, cookie: 'minute' | 'browser' = 'browser'): Properties {
  const expires = cookie === 'browser' ? null : new Date(Date.now() + 60_000).toISOString()
  const originalMaxAge = cookie === 'browser' ? null : 60_000
  return { cookie: { path: '/', httpOnly: true, originalMaxAge, expires }, ...properties }
}
