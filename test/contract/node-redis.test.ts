import { createClient } from 'redis'
import { afterAll, describe, inject } from 'vitest'
import { describeIndexes } from './indexes.contract.ts'
import { redisBench } from './redis-bench.ts'
import { describeStore } from './store.contract.ts'

const { url } = inject('redis')

for (const RESP of [2, 3] as const) {
  describe(`node-redis, RESP${RESP}`, async () => {
    const client = await createClient({ url, RESP }).connect()
    afterAll(() => client.close())
    const bench = redisBench(client)
    describeStore(bench)
    describeIndexes(bench)
  })
}

describe('node-redis, hashed IDs', async () => {
  const client = await createClient({ url }).connect()
  afterAll(() => client.close())
  const bench = redisBench(client, { hashIds: true })
  describeStore(bench)
  describeIndexes(bench)
})
