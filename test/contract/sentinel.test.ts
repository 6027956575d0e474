import { createSentinel } from 'redis'
import { afterAll, describe, inject } from 'vitest'
import { describeIndexes } from './indexes.contract.ts'
import { redisBench } from './redis-bench.ts'
import { describeStore } from './store.contract.ts'

const { name, sentinels } = inject('sentinel')

describe('node-redis sentinel', async () => {
  const client = await createSentinel({ name, sentinelRootNodes: sentinels }).connect()
  afterAll(() => client.close())
  const bench = redisBench(client)
  describeStore(bench)
  describeIndexes(bench)
})
