/** An Express application with express-session on 127.0.0.1, and its visitors. */
import express, { type ErrorRequestHandler, type Request, type Response } from 'express'
import session, { type SessionData, type SessionOptions, type Store } from 'express-session'
import { Browser } from '../../support/http/browser.ts'
import { serve } from '../support/serve.ts'
import { Visitor } from '../support/visitor.ts'

const COOKIE = 'connect.sid'

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
    return { store, age, browser: (visitor) => new Visitor(new Browser(origin, visitor?.browser.jar), COOKIE) }
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
