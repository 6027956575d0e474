import { createClient } from 'redis'
import { afterAll, describe, inject } from 'vitest'
import { redisBench } from './redis-bench.ts'
import { describeStore } from './store.contract.ts'

const { url } = inject('redis')

for (const RESP of [2, 3] as const) {
  describe(`node-redis, RESP${RESP}`, async () => {
    const client = await createClient({ url, RESP }).connect()
    afterAll(() => client.close())
    describeStore(redisBench(client))
  })
}

describe('node-redis, hashed IDs', async () => {
  const client = await createClient({ url }).connect()
  afterAll(() => client.close())
  describeStore(redisBench(client, { hashIds: true }))
})
