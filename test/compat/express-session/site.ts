/** An Express application with express-session on 127.0.0.1, and its visitors. */
import express, { type ErrorRequestHandler, type Request, type Response } from 'express'
import session, { type SessionData, type SessionOptions, type Store } from 'express-session'
import { Browser } from '../../support/http/browser.ts'
import { serve } from '../support/serve.ts'

declare module 'express-session' {
  interface SessionData {
    user?: string
    views?: number
    theme?: string
    cart?: { items: string[]; total?: number }
  }
}

/** What it returns is the response's body, as JSON. */
export type Handler = (request: Request, response: Response) => unknown

export interface Site {
  readonly store: Store
  /** A new visitor, or one who visits another server of the same site, too: their cookies are the same. */
  browser(visitor?: Visitor): Visitor
  /** Lets so many seconds pass. */
  age(seconds: number): Promise<void>
}

export type Open = (options: Partial<SessionOptions>, routes: Readonly<Record<string, Handler>>) => Promise<Site>

export interface Answer {
  readonly status: number
  readonly body: unknown
  /** The session's Set-Cookie header; `null` when there is none. */
  readonly cookie: string | null
}

export class Visitor {
  readonly browser: Browser

  constructor(browser: Browser) {
    this.browser = browser
  }

  async get(path: string): Promise<Answer> {
    const { status, cookies, body } = await this.browser.get(path)
    return { status, body: JSON.parse(body), cookie: cookies.find((each) => each.startsWith('connect.sid=')) ?? null }
  }

  /** The body alone. */
  async see(path: string): Promise<unknown> {
    return (await this.get(path)).body
  }

  /** Someone with the same cookies as now. */
  copy(): Visitor {
    return new Visitor(this.browser.copy())
  }
}

export function opener(makeStore: () => Store, age: (seconds: number) => Promise<void>): Open {
  return async (options, routes) => {
    const store = makeStore()
    const app = express()
    app.use(session({ store, secret: 'a secret of the tests', resave: false, saveUninitialized: false, ...options }))
    for (const [path, handler] of Object.entries(routes)) {
      app.get(path, async (request, response) => {
        const body = await handler(request, response)
        response.json(body ?? null)
      })
    }
    app.use(failed)
    const origin = await serve(app)
    return { store, age, browser: (visitor) => new Visitor(new Browser(origin, visitor?.browser.jar)) }
  }
}

const failed: ErrorRequestHandler = (error: Error, _request, response, _next) => {
  response.status(500).json({ error: error.message })
}

/** Runs a method of a session that takes a callback. */
export function done(run: (callback: (error?: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    run((error) => (error ? reject(error) : resolve()))
  })
}

/** What a store holds; `null` when absent. */
export function stored(store: Store, id: string): Promise<SessionData | null> {
  return new Promise((resolve, reject) => {
    store.get(id, (error, data) => (error ? reject(error) : resolve(data ?? null)))
  })
}
