/** The stores that the scenarios run on. */
import { randomUUID } from 'node:crypto'
import { createClient } from 'redis'
import { inject } from 'vitest'
import {
  type CacheOptions,
  MemorySessionStore,
  RedisSessionStore,
  type SessionStore,
  type StoreOptions,
} from '../../src/index.ts'

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

export async function redis(fixed: { cache?: CacheOptions } = {}): Promise<Engine & { close(): Promise<unknown> }> {
  const client = await createClient({ url: inject('redis').url }).connect()
  const stores: RedisSessionStore[] = []
  return {
    name: 'Redis',
    store(options) {
      const prefix = `test:${randomUUID()}:`
      const store = new RedisSessionStore({ client, prefix, commandTimeout: PATIENCE, ...fixed, ...options })
      stores.push(store)
      return store
    },
    async close() {
      await Promise.all(stores.map((store) => store.close()))
      await client.close()
    },
  }
}
