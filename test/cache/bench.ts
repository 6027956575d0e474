/** A store with a local cache, and beside it, as another process would, a store without one on a client of its own. */
import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { createClient, createCluster, createSentinel } from 'redis'
import { inject, onTestFinished } from 'vitest'
import { RedisSessionStore, type RedisSessionStoreOptions } from '../../src/index.ts'
import { eventually } from '../support/redis/eventually.ts'

const PATIENCE = 10_000

export interface CacheBench {
  readonly cached: RedisSessionStore
  readonly other: RedisSessionStore
  /** Resolves when the session is kept. */
  keep(id: string): Promise<void>
}

/** Where caches work: each makes a connected client, closed with the test. */
export const CLIENTS: Record<string, () => Promise<object>> = {
  'node-redis': () => nodeRedis(inject('redis').url),
  'node-redis RESP2': () => nodeRedis(inject('redis').url, { RESP: 2 }),
  ioredis: async () => ioredis(new Redis(inject('redis').url)),
  'node-redis cluster': async () => {
    const rootNodes = inject('cluster').ports.map((port) => ({ url: `redis://127.0.0.1:${port}` }))
    const cluster = await createCluster({ rootNodes }).connect()
    onTestFinished(() => cluster.close())
    return cluster
  },
  'node-redis sentinel': async () => {
    const { name, sentinels } = inject('sentinel')
    const sentinel = await createSentinel({ name, sentinelRootNodes: sentinels }).connect()
    onTestFinished(() => sentinel.close())
    return sentinel
  },
  'ioredis sentinel': async () => {
    const { name, sentinels } = inject('sentinel')
    return ioredis(new Redis({ name, sentinels }))
  },
}

export async function nodeRedis(url: string, options: object = {}) {
  const client = createClient({ ...options, url })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => {
    if (client.isOpen) client.destroy()
  })
  return client
}

function ioredis(client: Redis): Redis {
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  return client
}

export function cacheBench(
  client: object,
  otherClient: object,
  options: Partial<RedisSessionStoreOptions> = {},
): CacheBench {
  const shared = { prefix: `test:${randomUUID()}:`, commandTimeout: PATIENCE, ...options }
  const cached = new RedisSessionStore({ cache: { maxAge: 3600 }, ...shared, client })
  onTestFinished(() => cached.close())
  const { cache: _cache, ...plain } = shared
  return {
    cached,
    other: new RedisSessionStore({ ...plain, client: otherClient }),
    async keep(id) {
      await eventually('a session in the cache', async () => {
        await cached.getSession(id)
        const before = cached.cacheCounters?.hits ?? 0
        await cached.getSession(id)
        return (cached.cacheCounters?.hits ?? 0) > before
      })
    },
  }
}
