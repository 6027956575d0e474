import { createSentinel } from 'redis'
import { afterAll, describe, inject } from 'vitest'
import { redisBench } from './redis-bench.ts'
import { describeStore } from './store.contract.ts'

const { name, sentinels } = inject('sentinel')

describe('node-redis sentinel', async () => {
  const client = await createSentinel({ name, sentinelRootNodes: sentinels }).connect()
  afterAll(() => client.close())
  describeStore(redisBench(client))
})
