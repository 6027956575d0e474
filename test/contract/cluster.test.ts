import { Cluster } from 'ioredis'
import { createCluster } from 'redis'
import { afterAll, describe, inject } from 'vitest'
import { redisBench } from './redis-bench.ts'
import { describeStore } from './store.contract.ts'

const { ports } = inject('cluster')

describe('node-redis cluster', async () => {
  const client = createCluster({ rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })) })
  await client.connect()
  afterAll(() => client.close())
  describeStore(redisBench(client))
})

describe('ioredis cluster', () => {
  const client = new Cluster(ports.map((port) => ({ host: '127.0.0.1', port })))
  afterAll(() => client.quit())
  describeStore(redisBench(client, { hashIds: true }))
})
