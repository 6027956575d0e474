/** No escape: 10,000 random interleavings of the index operations on one Redis. */
import { createClient } from 'redis'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../support/redis/server.ts'
import { PATIENCE, playInterleavings, ROUNDS } from './support/interleavings.ts'

test('on one Redis', { timeout: PATIENCE }, async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  expect(await playInterleavings(() => createClient({ url: redis.url }))).toBe(ROUNDS)
})
