import { randomUUID } from 'node:crypto'
import { RedisSessionStore, type RedisSessionStoreOptions, type SessionStore } from '../../src/index.ts'
import { formatTimestamp } from '../../src/lifetime.ts'
import { redisPort } from '../../src/redis/client.ts'
import { sessionHandle } from '../../src/session-id.ts'
import type { Bench } from './store.contract.ts'

/** Timing is not what these tests are about: a loaded machine must not fail them. */
const PATIENCE = 10_000

/** A bench on a real Redis. Each store gets a prefix of its own, so that suites can share a server. */
export function redisBench(client: object, fixed: Partial<RedisSessionStoreOptions> = {}): Bench {
  const port = redisPort(client)
  const keys = new WeakMap<SessionStore, (id: string) => string>()
  return {
    store(options) {
      const prefix = `test:${randomUUID()}:`
      const store = new RedisSessionStore({ client, prefix, commandTimeout: PATIENCE, ...fixed, ...options })
      keys.set(store, (id) => prefix + (fixed.hashIds ? sessionHandle(id) : id))
      return store
    },
    async age(store, id, seconds) {
      const key = keys.get(store)?.(id) as string
      const send = (...args: string[]) => port.command(key, args)
      const left = Number(await send('PTTL', key)) - seconds * 1000
      if (left <= 0) return void (await send('DEL', key))
      await send('PEXPIRE', key, String(left))
      const accessed = await send('HGET', key, 'last_accessed_at')
      if (accessed) {
        await send('HSET', key, 'last_accessed_at', formatTimestamp(Date.parse(String(accessed)) - seconds * 1000))
      }
      for (const moment of ['sojourn:deadline', 'sojourn:indexed_until']) {
        const stored = await send('HGET', key, moment)
        if (stored) await send('HSET', key, moment, String(Number(stored) - seconds * 1000))
      }
    },
  }
}
