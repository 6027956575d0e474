import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../support/redis/server.ts'
import { connect, storeOn } from './bench.ts'

test.each(['node-redis', 'ioredis'])(
  'at maxmemory, reads, touches and logout work; creation fails with a clear error and nothing is half-written (%s)',
  async (name) => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const client = await connect(redis.url)
    const ioredis = name === 'ioredis' ? new Redis(redis.url) : null
    onTestFinished(() => ioredis?.disconnect())
    const { store, prefix } = storeOn(ioredis ?? client)
    const kept = await store.createSession({ a: '1' })
    const ended = await store.createSession({ a: '1' })
    // The session was last used a while ago, so that reading it has something to write.
    await client.hSet(prefix + kept, 'last_accessed_at', '2026-01-01T00:00:00+00:00')
    await client.configSet({ 'maxmemory-policy': 'noeviction', maxmemory: '1' })

    const session = await store.getSession(kept)
    expect(session?.a).toBe('1')
    expect(session?.last_accessed_at).not.toBe('2026-01-01T00:00:00+00:00')
    expect(await store.touchSession(kept)).toBe(true)
    expect(await store.deleteSession(ended)).toBe(true)
    const before = await client.hGetAll(prefix + kept)
    const full = { name: 'OutOfMemoryError', code: 'SOJOURN_OUT_OF_MEMORY' }
    await expect(store.createSession({ a: '1' })).rejects.toMatchObject(full)
    await expect(store.updateSession(kept, { b: '2' })).rejects.toMatchObject(full)
    await expect(store.incrementField(kept, 'n')).rejects.toMatchObject(full)
    await expect(store.rotateSession(kept)).rejects.toMatchObject(full)
    expect({ ...(await client.hGetAll(prefix + kept)), last_accessed_at: '' }).toEqual({
      ...before,
      last_accessed_at: '',
    })
    expect(await client.dbSize()).toBe(1)
  },
)
