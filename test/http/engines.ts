/** The stores that the scenarios run on. */
import { randomUUID } from 'node:crypto'
import { createClient } from 'redis'
import { inject } from 'vitest'
import { MemorySessionStore, RedisSessionStore, type SessionStore, type StoreOptions } from '../../src/index.ts'

export interface Engine {
  readonly name: string
  /** A store of its own, with nothing in it. */
  store(options?: StoreOptions): SessionStore
}

/** Timing is not what these tests are about: a loaded machine must not fail them. */
const PATIENCE = 10_000

export const memory: Engine = {
  name: 'memory',
  store: (options) => new MemorySessionStore(options),
}

export async function redis(): Promise<Engine & { close(): Promise<unknown> }> {
  const client = await createClient({ url: inject('redis').url }).connect()
  return {
    name: 'Redis',
    store: (options) =>
      new RedisSessionStore({ client, prefix: `test:${randomUUID()}:`, commandTimeout: PATIENCE, ...options }),
    close: () => client.close(),
  }
}
