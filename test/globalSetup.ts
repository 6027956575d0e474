/** One of each kind of Redis for the whole test run; tests find them with `inject`. */
import type {} from 'vitest' // the module whose ProvidedContext grows below
import type { TestProject } from 'vitest/node'
import { startCluster } from './support/redis/cluster.ts'
import { startSentinel } from './support/redis/sentinel.ts'
import { startRedis } from './support/redis/server.ts'

interface Address {
  host: string
  port: number
}

declare module 'vitest' {
  interface ProvidedContext {
    redis: { url: string; port: number }
    cluster: { ports: number[] }
    sentinel: { name: string; sentinels: Address[] }
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const [redis, cluster, sentinel] = await Promise.all([startRedis(), startCluster(), startSentinel()])
  project.provide('redis', { url: redis.url, port: redis.port })
  project.provide('cluster', { ports: [...cluster.ports] })
  project.provide('sentinel', {
    name: sentinel.name,
    sentinels: sentinel.sentinels.map(({ host, port }) => ({ host, port })),
  })
  return async () => {
    await Promise.all([redis.stop(), cluster.stop(), sentinel.stop()])
  }
}
