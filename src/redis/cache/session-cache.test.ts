import { describe, expect, test } from 'vitest'
import type { SessionRecord } from '../../record.ts'
import { SessionCache } from './session-cache.ts'

const kept = (until = 100) => ({ record: {} as SessionRecord, until, touchAt: 0 })

describe('what happens between a question and its answer', () => {
  const happenings: Record<string, (cache: SessionCache) => void> = {
    'an invalidation': (cache) => cache.invalidate('a'),
    'a write of our own': (cache) => cache.drop('a'),
    'a lost link': (cache) => cache.flush(),
    'a later question': (cache) => void cache.begin('a'),
  }
  test.each(Object.entries(happenings))('%s keeps the answer out', (_what, happen) => {
    const cache = new SessionCache(10)
    const reading = cache.begin('a')
    happen(cache)
    cache.end('a', reading, kept())
    expect(cache.recall('a', 0)).toBeUndefined()
  })

  test('nothing lets the answer in, and what happens to others too', () => {
    const cache = new SessionCache(10)
    const reading = cache.begin('a')
    cache.invalidate('b')
    cache.end('a', reading, kept())
    expect(cache.recall('a', 0)).toBeDefined()
  })
})

test('an answer that is not to be kept leaves nothing', () => {
  const cache = new SessionCache(10)
  cache.end('a', cache.begin('a'), null)
  expect(cache.recall('a', 0)).toBeUndefined()
})

test('what is kept is dropped in its time', () => {
  const cache = new SessionCache(10)
  cache.end('a', cache.begin('a'), kept(100))
  expect(cache.recall('a', 99)).toBeDefined()
  expect(cache.recall('a', 100)).toBeUndefined()
  expect(cache.counters).toEqual({ sessions: 0, hits: 1, misses: 1, invalidations: 0, flushes: 0 })
})

test.each([1, 2, 3, 10])('a cache of %i never holds more', (maxSessions) => {
  const cache = new SessionCache(maxSessions)
  for (let turn = 0; turn < 50; turn++) {
    cache.end(String(turn), cache.begin(String(turn)), kept())
    expect(cache.counters.sessions).toBeLessThanOrEqual(maxSessions)
    expect(cache.recall(String(turn), 0)).toBeDefined()
  }
})
