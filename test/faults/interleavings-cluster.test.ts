/** No escape: 10,000 random interleavings of the index operations on a cluster of three masters. */
import { createCluster } from 'redis'
import { expect, onTestFinished, test } from 'vitest'
import { startCluster } from '../support/redis/cluster.ts'
import { PATIENCE, playInterleavings, ROUNDS } from './support/interleavings.ts'

test('on a cluster of three masters', { timeout: PATIENCE }, async () => {
  const cluster = await startCluster({ masters: 3 })
  onTestFinished(() => cluster.stop())
  const rootNodes = cluster.urls.map((url) => ({ url }))
  expect(await playInterleavings(() => createCluster({ rootNodes }))).toBe(ROUNDS)
})
