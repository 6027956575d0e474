import { Redis } from 'ioredis'
import { afterAll, describe, inject } from 'vitest'
import { describeIndexes } from './indexes.contract.ts'
import { redisBench } from './redis-bench.ts'
import { describeStore } from './store.contract.ts'

const { url } = inject('redis')

for (const protocol of [2, 3] as const) {
  describe(`ioredis, RESP${protocol}`, () => {
    const client = new Redis(url, { protocol })
    afterAll(() => client.quit())
    const bench = redisBench(client)
    describeStore(bench)
    describeIndexes(bench)
  })
}
