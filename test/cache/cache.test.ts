import type { EventEmitter } from 'node:events'
import { Cluster, Redis } from 'ioredis'
import { createCluster } from 'redis'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { RedisSessionStore } from '../../src/index.ts'
import { eventually } from '../support/redis/eventually.ts'
import { watchCommands } from '../support/redis/monitor.ts'
import { startRedis } from '../support/redis/server.ts'
import { type CacheBench, CLIENTS, cacheBench, nodeRedis } from './bench.ts'

describe.each(Object.entries(CLIENTS))('%s', (_name, connect) => {
  const open = async (options = {}) => cacheBench(await connect(), await connect(), options)

  test('a session read often is kept, and each reader gets a record of its own', async () => {
    const { cached, keep } = await open()
    const id = await cached.createSession({ name: 'kept', ['__proto__']: 'safe' })
    await keep(id)
    const one = await cached.getSession(id)
    const two = await cached.getSession(id)
    expect(one).toEqual(two)
    expect(one).not.toBe(two)
    expect(Object.getPrototypeOf(one)).toBe(null)
    expect({ ...one }).toMatchObject({ name: 'kept', session_ttl: '1800' })
    Object.assign(one as object, { name: 'changed' })
    expect((await cached.getSession(id))?.name).toBe('kept')
    expect(cached.cacheCounters?.sessions).toBe(1)
  })

  test('own writes are seen by the next read, whatever is under way', async () => {
    const { cached, keep } = await open({ indexes: { user: true } })
    const id = await cached.createSession({ user: 'ann', n: '0' })
    await keep(id)
    for (let turn = 1; turn <= 50; turn++) {
      const reads = [cached.getSession(id), cached.getSession(id)]
      await cached.updateSession(id, { turn: String(turn) })
      expect((await cached.getSession(id))?.turn).toBe(String(turn))
      reads.push(cached.getSession(id))
      expect(await cached.incrementField(id, 'n')).toBe(turn)
      expect((await cached.getSession(id))?.n).toBe(String(turn))
      await Promise.all(reads)
    }
    await keep(id)
    await cached.deleteFields(id, ['turn'])
    expect((await cached.getSession(id))?.turn).toBeUndefined()
    await keep(id)
    await cached.setSessionTtl(id, 900)
    expect((await cached.getSession(id))?.session_ttl).toBe('900')
    await keep(id)
    const next = (await cached.rotateSession(id)) as string
    expect(await cached.getSession(id)).toBe(null)
    await keep(next)
    expect(await cached.deleteSessions({ user: 'ann' })).toBe(1)
    expect(await cached.getSession(next)).toBe(null)
    const last = await cached.createSession({ user: 'ann' })
    await keep(last)
    await cached.deleteSession(last)
    expect(await cached.getSession(last)).toBe(null)
  })

  test('what another process does is seen', async () => {
    const { cached, other, keep } = await open({ indexes: { user: true } })
    const changes: Record<string, (id: string) => Promise<unknown>> = {
      update: (id) => other.updateSession(id, { name: 'new' }),
      increment: (id) => other.incrementField(id, 'count'),
      'remove a field': (id) => other.deleteFields(id, ['name']),
      'another TTL': (id) => other.setSessionTtl(id, 60),
      rotate: (id) => other.rotateSession(id),
      delete: (id) => other.deleteSession(id),
      'log out everywhere': () => other.deleteSessions({ user: 'ann' }),
    }
    for (const [what, change] of Object.entries(changes)) {
      const id = await cached.createSession({ user: 'ann', name: 'old' })
      await keep(id)
      const before = await cached.getSession(id)
      await change(id)
      await eventually(what, async () => JSON.stringify(await cached.getSession(id)) !== JSON.stringify(before))
      expect(await cached.getSession(id)).toEqual(await other.getSession(id, false))
    }
  })

  test('reads that race with the writes of another process leave nothing stale behind', async () => {
    const { cached, other, keep } = await open()
    const id = await cached.createSession({ n: '0' })
    await keep(id)
    let writing = true
    const reader = (async () => {
      while (writing) {
        await Promise.all(Array.from({ length: 8 }, () => cached.getSession(id)))
        await new Promise(setImmediate) // hits take no turn of the event loop, in which invalidations arrive
      }
    })()
    for (let turn = 0; turn < 300; turn++) await other.incrementField(id, 'n')
    writing = false
    await reader
    await eventually('the last write', async () => (await cached.getSession(id))?.n === '300')
    expect((await cached.getSession(id))?.n).toBe('300')
  })
})

describe('on one server', () => {
  const connect = CLIENTS['node-redis'] as () => Promise<object>
  const open = async (options = {}): Promise<CacheBench> => cacheBench(await connect(), await connect(), options)

  test('nothing outlives the TTL that Redis has for it', async () => {
    const { cached, other, keep } = await open({ touchInterval: 1, ttl: 2 })
    const id = await cached.createSession({})
    await keep(id)
    const born = performance.now()
    await eventually('the end of the session', async () => (await cached.getSession(id, false)) === null)
    expect(performance.now() - born).toBeLessThan(2600)
    expect(await other.getSession(id)).toBe(null)
  })

  test('a session in use goes on living', async () => {
    const { cached, other, keep } = await open({ touchInterval: 1, ttl: 2 })
    const id = await cached.createSession({})
    await keep(id)
    const end = performance.now() + 3500
    let reads = 0
    await eventually('three and a half seconds of use', async () => {
      expect(await cached.getSession(id)).not.toBe(null)
      reads += 1
      return performance.now() > end
    })
    expect(await other.getTtl(id)).toBeGreaterThanOrEqual(1)
    expect(cached.cacheCounters?.hits).toBeGreaterThan(reads / 2)
  })

  test('a kept session costs Redis nothing; a fresh read asks', async () => {
    const { cached, keep } = await open({ hashIds: true })
    const id = await cached.createSession({ name: 'kept' })
    await keep(id)
    const watch = await watchCommands(inject('redis').port)
    onTestFinished(() => watch.stop())
    const handle = (await cached.listSessions().next()).value.handle as string
    const ofThis = () => watch.commands().filter(({ args }) => args.some((arg) => arg.includes(handle)))
    await watch.settled()
    watch.clear()
    for (let turn = 0; turn < 100; turn++) expect((await cached.getSession(id))?.name).toBe('kept')
    await watch.settled()
    expect(ofThis()).toEqual([])
    expect((await cached.getSession(id, { fresh: true }))?.name).toBe('kept')
    await watch.settled()
    expect(ofThis().length).toBeGreaterThan(0)
  })

  test('no more sessions are kept than maxSessions', async () => {
    const { cached, keep } = await open({ cache: { maxSessions: 10 } })
    const ids = await Promise.all(Array.from({ length: 100 }, () => cached.createSession({})))
    await keep(ids[0] as string)
    for (const id of ids) await cached.getSession(id)
    const { sessions = 0 } = cached.cacheCounters ?? {}
    expect(sessions).toBeGreaterThanOrEqual(5)
    expect(sessions).toBeLessThanOrEqual(10)
  })

  test('nothing is kept longer than maxAge', async () => {
    const { cached, keep } = await open({ cache: { maxAge: 0.2 } })
    const id = await cached.createSession({})
    await keep(id)
    const { misses = 0 } = cached.cacheCounters ?? {}
    const missed = await eventually('another miss', async () => {
      await cached.getSession(id)
      const now = cached.cacheCounters?.misses ?? 0
      return now > misses && now
    })
    expect(missed).toBe(misses + 1)
  })

  test('a closed store reads on, without a cache', async () => {
    const { cached, keep } = await open()
    const id = await cached.createSession({ name: 'kept' })
    await keep(id)
    await cached.close()
    expect((await cached.getSession(id))?.name).toBe('kept')
    expect(cached.cacheCounters).toMatchObject({ sessions: 0 })
  })

  test.each(['node-redis', 'ioredis'])(
    'stores that come and go leave no listeners on their client (%s)',
    async (name) => {
      const client = (await CLIENTS[name]?.()) as EventEmitter
      const listeners = () => client.eventNames().map((event) => [event, client.listenerCount(event)])
      await new RedisSessionStore({ client, cache: {} }).close()
      const before = listeners()
      const stores = Array.from({ length: 20 }, () => new RedisSessionStore({ client, cache: {} }))
      expect(listeners()).toEqual(before)
      await Promise.all(stores.map((store) => store.close()))
      expect(listeners()).toEqual(before)
    },
  )

  test.each(['node-redis', 'ioredis'])('closing the client closes what was opened beside it (%s)', async (name) => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const watching = await nodeRedis(redis.url)
    const client = name === 'ioredis' ? new Redis(redis.url) : await nodeRedis(redis.url)
    for (const { cached, keep } of [cacheBench(client, watching), cacheBench(client, watching)]) {
      await keep(await cached.createSession({}))
    }
    expect((await watching.clientList()).length).toBeGreaterThan(3)
    if (client instanceof Redis) client.disconnect()
    else await client.close()
    const left = await eventually('one connection only', async () => {
      const connections = await watching.clientList()
      return connections.length === 1 && connections
    })
    expect(left).toHaveLength(1)
  })

  test.each(['node-redis', 'ioredis'])(
    'a client that is closed and connected again has its cache (%s)',
    async (name) => {
      const client = (await CLIENTS[name]?.()) as Redis | Awaited<ReturnType<typeof nodeRedis>>
      const { cached, other, keep } = cacheBench(client, await nodeRedis(inject('redis').url))
      const id = await cached.createSession({ n: '0' })
      await keep(id)
      const closed = new Promise((resolve) => client.once('end', resolve))
      if (client instanceof Redis) client.disconnect()
      else client.destroy()
      await closed
      expect(cached.cacheCounters).toMatchObject({ sessions: 0 })
      await client.connect()
      await keep(id)
      await other.updateSession(id, { n: '1' })
      await eventually('what has changed', async () => (await cached.getSession(id))?.n === '1')
    },
  )

  test('a store on a cluster that is closed while its link connects leaves no connection', async () => {
    const urls = inject('cluster').ports.map((port) => `redis://127.0.0.1:${port}`)
    const named = async (name: string) => {
      const cluster = createCluster({ rootNodes: urls.map((url) => ({ url })), defaults: { name } })
      onTestFinished(() => cluster.destroy())
      return cluster.connect()
    }
    const name = `closed-${process.pid}`
    const client = await named(name)
    await new RedisSessionStore({ client, cache: {} }).close()
    client.destroy()
    // By then a link that went on would be connected.
    for (const later of ['1', '2', '3']) await named(`${name}-${later}`)

    const nodes = await Promise.all(urls.map((url) => nodeRedis(url)))
    const open = async () => (await Promise.all(nodes.map((node) => node.clientList()))).flat()
    const isGone = await eventually('the end of its connections', async () =>
      (await open()).every((connection) => connection.name !== name),
    )
    expect(isGone).toBe(true)
  })

  test.each([
    [{ maxSessions: 0 }, 'cache.maxSessions must be a whole number of at least 1, got 0'],
    [{ maxAge: -1 }, 'cache.maxAge must be a number of seconds above 0 and up to a day, got -1'],
    [{ maxSize: 1 }, 'unknown option cache.maxSize; known are maxSessions, maxAge'],
    [true, 'cache must be an object, got true'],
  ])('the option %j is refused', async (cache, message) => {
    const client = await connect()
    expect(() => new RedisSessionStore({ client, cache: cache as never })).toThrow(message)
  })

  test('a touch interval of 0 and a cache contradict each other', async () => {
    const client = await connect()
    expect(() => new RedisSessionStore({ client, cache: {}, touchInterval: 0 })).toThrow('touchInterval of at least 1')
    expect(() => new RedisSessionStore({ client, cache: {}, ttl: 1 })).toThrow('touchInterval of at least 1')
  })

  test('a Cluster of ioredis is refused', async () => {
    const client = new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true })
    onTestFinished(() => client.disconnect())
    expect(() => new RedisSessionStore({ client, cache: {} })).toThrow(
      expect.objectContaining({ code: 'SOJOURN_UNSUPPORTED_CLIENT' }),
    )
  })
})
