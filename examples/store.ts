/** Where the examples keep their sessions: in the Redis at REDIS_URL, or at localhost:6379, if one answers; else in memory. */
import { createClient } from 'redis'
import { MemorySessionStore, RedisSessionStore, type SessionStore } from 'sojourn'

const url = new URL(process.env['REDIS_URL'] ?? 'redis://localhost:6379')

const redis = await onRedis()
export const store: SessionStore = redis ?? new MemorySessionStore()
export const place = redis ? `Redis at ${url.host}` : `the memory of this process, as no Redis answers at ${url.host}`

async function onRedis(): Promise<RedisSessionStore | null> {
  let connected = false
  const client = createClient({
    url: url.href,
    // While Redis is away a request fails at once, with 503, instead of waiting for it.
    disableOfflineQueue: true,
    socket: { connectTimeout: 1000, reconnectStrategy: (retries) => connected && Math.min(2 ** retries * 50, 1000) },
  })
  client.on('error', (error) => connected && console.error('Redis:', error.message))
  try {
    await client.connect()
  } catch {
    return null
  }
  connected = true
  return new RedisSessionStore({ client, hashIds: true })
}
