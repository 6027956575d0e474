/** A Koa application with koa-session on 127.0.0.1, and its visitors. */
import Koa, { type Context } from 'koa'
import session, { type CreateSessionOptions } from 'koa-session'
import { Browser } from '../../support/http/browser.ts'
import { serve } from '../support/serve.ts'
import { Visitor } from '../support/visitor.ts'

const COOKIE = 'koa.sess'

export type Store = NonNullable<CreateSessionOptions['store']>

interface Session {
  readonly isNew: boolean
  readonly externalKey: string
  maxAge: number | 'session'
  save(): Promise<void>
  regenerate(): Promise<void>
  manuallyCommit(): Promise<void>
  user?: string
  views?: number
  theme?: string
  cart?: { items: string[] }
}

/** koa-session declares none. */
type Visit = Context & { session: Session }

/** What it returns is the response's body, as JSON. */
export type Handler = (ctx: Visit) => unknown

export interface Site {
  readonly app: Koa
  readonly store: Store
  browser(): Visitor
  /** Lets so many seconds pass. */
  age(seconds: number): Promise<void>
}

export type Open = (options: CreateSessionOptions, routes: Readonly<Record<string, Handler>>) => Promise<Site>

export function opener(makeStore: () => Store, age: (seconds: number) => Promise<void>): Open {
  return async (options, routes) => {
    const store = makeStore()
    const app = new Koa()
    app.keys = ['a secret of the tests']
    app.silent = true
    app.use(session({ store, ...options }, app))
    app.use(async (ctx) => {
      const body = await routes[ctx.path]?.(ctx as unknown as Visit)
      ctx.type = 'json'
      ctx.body = JSON.stringify(body ?? null)
    })
    const origin = await serve(app.callback())
    return { app, store, age, browser: () => new Visitor(new Browser(origin), COOKIE) }
  }
}

/** The store that koa-session's README describes, in its plainest form; koa-session has none of its own. */
export function plainStore(): Store {
  const sessions = new Map<string, string>()
  return {
    get: async (key) => JSON.parse(sessions.get(key) ?? 'null'),
    async set(key, session) {
      sessions.set(key, JSON.stringify(session))
    },
    async destroy(key) {
      sessions.delete(key)
    },
  }
}

/** What a store holds; `null` when absent. */
export async function stored(store: Store, key: string): Promise<Record<string, unknown> | null> {
  return (await store.get(key, 0, { rolling: false })) ?? null
}
