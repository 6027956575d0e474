import { describe } from 'vitest'
import { MemorySessionStore } from '../../src/index.ts'
import { describeStore } from './store.contract.ts'

describe('memory', () => {
  let now = Date.now()
  describeStore({
    store: (options) => new MemorySessionStore({ ...options, now: () => now }),
    async age(_store, _id, seconds) {
      now += seconds * 1000
    },
  })
})
