/** A site under test: an adapter on an engine, served over HTTP until the test is over. */
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { SessionsOptions } from '../../src/http/manager.ts'
import type { FieldTypes, SessionStore, StoreOptions } from '../../src/index.ts'
import { Browser } from '../support/http/browser.ts'
import { tls } from '../support/http/tls.ts'
import type { Adapter, Routes } from './adapter.ts'
import type { Engine } from './engines.ts'
import { type Probe, probe } from './probe.ts'

export interface SiteOptions<F extends FieldTypes | null> extends Omit<SessionsOptions<F>, 'store'> {
  /** Default: a new one of the engine. */
  store?: SessionStore
  storeOptions?: StoreOptions
  second?: Omit<SessionsOptions<null>, 'store'>
  skip?: (path: string) => boolean
  /** Whether to leave errors to the framework's own devices. */
  plainErrors?: boolean
  /** Whether to serve over TLS, with the cookie as it is by default. Else the cookie is not `Secure`. */
  tls?: boolean
}

export interface OpenSite {
  readonly origin: string
  /** A visitor without cookies. */
  browser(): Browser
  readonly probe: Probe
  /** The store itself, past the probe. */
  readonly store: SessionStore
  /** What the framework's error handler has seen. */
  readonly errors: unknown[]
  readonly server: Server
}

export interface Bench {
  readonly adapter: Adapter
  readonly engine: Engine
  open<F extends FieldTypes | null = null>(routes: Routes<F>, options?: SiteOptions<F>): Promise<OpenSite>
}

export function benchOf(adapter: Adapter, engine: Engine): Bench {
  return {
    adapter,
    engine,
    async open(routes, { store, storeOptions, second, skip, plainErrors, tls: overTls = false, ...options } = {}) {
      const kept = store ?? engine.store(storeOptions)
      const probed = probe(kept)
      const errors: unknown[] = []
      const listener = await adapter.listener({
        sessions: { store: probed.store, ...withCookie(options, overTls) },
        second: second && { store: probed.store, ...withCookie(second, overTls) },
        routes,
        skip,
        onError: plainErrors ? undefined : (error) => errors.push(error),
      })
      const server = overTls ? createTlsServer(tls, listener) : createServer(listener)
      const origin = `${overTls ? 'https' : 'http'}://127.0.0.1:${await listen(server)}`
      return { origin, browser: () => new Browser(origin), probe: probed, store: kept, errors, server }
    },
  }
}

/** Serves on a free port until the test is over. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

function withCookie<O extends { cookie?: SessionsOptions['cookie'] }>(options: O, overTls: boolean): O {
  return overTls ? options : { ...options, cookie: { secure: false, ...options.cookie } }
}

/** How many sessions the store holds. */
export async function countSessions(store: SessionStore): Promise<number> {
  let count = 0
  for await (const _ of store.listSessions()) count += 1
  return count
}
