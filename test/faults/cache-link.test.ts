/** Scenario 17: the link that tells a local cache what has changed is lost, silent or never there. */
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { cacheBench, nodeRedis } from '../cache/bench.ts'
import type { Proxy } from '../support/proxy.ts'
import { eventually } from '../support/redis/eventually.ts'
import type { RedisServer } from '../support/redis/server.ts'
import { silenceNext, startProxied } from './support/proxied.ts'

/** The client itself is connected straight to the server; what it duplicates goes by the proxy. */
const CLIENTS: Record<string, (redis: RedisServer, proxy: Proxy) => Promise<object>> = {
  'node-redis': async (redis, proxy) => {
    const client = await nodeRedis(redis.url)
    return Object.assign(client, { duplicate: (options: object) => createClient({ ...options, url: proxy.url }) })
  },
  ioredis: async (redis, proxy) => {
    const client = new Redis(redis.url)
    client.on('error', () => {})
    onTestFinished(() => client.disconnect())
    return Object.assign(client, { duplicate: (options: object) => new Redis(proxy.url, options) })
  },
}

const BREAKS: Record<string, (proxy: Proxy) => void> = {
  cut: (proxy) => proxy.cut(),
  silent: (proxy) => proxy.blackhole(),
  'silent towards us': (proxy) => proxy.blackhole('toClient'),
  'half-closed': (proxy) => proxy.halfClose('toClient'),
}

describe.each(Object.entries(CLIENTS))('%s', (_name, connect) => {
  const open = async () => {
    const { redis, proxy } = await startProxied()
    const bench = cacheBench(await connect(redis, proxy), await nodeRedis(redis.url))
    return { redis, proxy, ...bench }
  }

  test.each(Object.entries(BREAKS))('a link that is %s empties the cache, and reads go on', async (_how, breakLink) => {
    const { proxy, cached, other, keep } = await open()
    const id = await cached.createSession({ n: '0' })
    await keep(id)
    const broken = performance.now()
    breakLink(proxy)
    await other.updateSession(id, { n: '1' })
    await eventually('what changed behind the broken link', async () => (await cached.getSession(id))?.n === '1')
    expect(performance.now() - broken).toBeLessThan(5000)
    expect(cached.cacheCounters?.flushes).toBeGreaterThan(0)
    await keep(id)
    await other.updateSession(id, { n: '2' })
    await eventually('what changed after it was mended', async () => (await cached.getSession(id))?.n === '2')
    expect((await cached.getSession(id))?.n).toBe('2')
  })

  test('a link that falls silent before it is ready is made anew', async () => {
    const { proxy, cached, keep } = await open()
    const id = await cached.createSession({ n: '0' })
    await keep(id)
    await silenceNext(proxy)
    const { hits = 0 } = cached.cacheCounters ?? {}
    await keep(id)
    expect(cached.cacheCounters?.hits).toBeGreaterThan(hits)
  })

  test('where no link comes about, reads ask Redis', async () => {
    const { redis, proxy } = await open()
    proxy.refuse()
    proxy.cut()
    const { cached, other } = cacheBench(await connect(redis, proxy), await nodeRedis(redis.url))
    const id = await cached.createSession({ n: '0' })
    for (let n = 1; n <= 20; n++) {
      await other.updateSession(id, { n: String(n) })
      expect((await cached.getSession(id))?.n).toBe(String(n))
    }
    expect(cached.cacheCounters).toMatchObject({ sessions: 0, hits: 0 })
    proxy.heal()
  })

  test('a server that restarts empty leaves nobody logged in', async () => {
    const { redis, cached, keep } = await open()
    const id = await cached.createSession({ n: '0' })
    await keep(id)
    await redis.restart({ empty: true })
    await eventually('the end of the session', async () => (await cached.getSession(id)) === null)
    expect(await cached.getSession(id)).toBe(null)
  })
})
