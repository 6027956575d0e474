import { Cluster } from 'ioredis'
import { createCluster } from 'redis'
import { afterAll, describe, inject } from 'vitest'
import { describeIndexes } from './indexes.contract.ts'
import { redisBench } from './redis-bench.ts'
import { describeStore } from './store.contract.ts'

const { ports } = inject('cluster')

describe('node-redis cluster', async () => {
  const client = createCluster({ rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })) })
  await client.connect()
  afterAll(() => client.close())
  const bench = redisBench(client)
  describeStore(bench)
  describeIndexes(bench)
})

describe('ioredis cluster', () => {
  const client = new Cluster(ports.map((port) => ({ host: '127.0.0.1', port })))
  afterAll(() => client.quit())
  const bench = redisBench(client, { hashIds: true })
  describeStore(bench)
  describeIndexes(bench)
})
