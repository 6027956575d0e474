import { describe } from 'vitest'
import { MemorySessionStore } from '../../src/index.ts'
import { describeIndexes } from './indexes.contract.ts'
import { type Bench, describeStore } from './store.contract.ts'

describe('memory', () => {
  let now = Date.now()
  const bench: Bench = {
    store: (options) => new MemorySessionStore({ ...options, now: () => now }),
    async age(_store, _id, seconds) {
      now += seconds * 1000
    },
  }
  describeStore(bench)
  describeIndexes(bench)
})
