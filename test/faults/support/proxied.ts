/** A server that is reached by a proxy. */
import { onTestFinished } from 'vitest'
import { type Proxy, startProxy } from '../../support/proxy.ts'
import { eventually } from '../../support/redis/eventually.ts'
import { type RedisServer, startRedis } from '../../support/redis/server.ts'

/** Both end with the test. */
export async function startProxied(): Promise<{ redis: RedisServer; proxy: Proxy }> {
  const redis = await startRedis()
  const proxy = await startProxy(redis.port)
  onTestFinished(async () => {
    await proxy.stop()
    await redis.stop()
  })
  return { redis, proxy }
}

/** Resets the connections, and lets the next one fall silent before it is ready. */
export async function silenceNext(proxy: Proxy): Promise<void> {
  const { length } = proxy.arrivals
  proxy.delay(200)
  proxy.cut()
  await eventually('a connection made anew', async () => proxy.arrivals.length > length)
  proxy.blackhole()
  proxy.heal()
}
