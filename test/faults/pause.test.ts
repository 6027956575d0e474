/** Scenario 8: Redis holds everything back for seconds (`CLIENT PAUSE`). */
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../support/redis/server.ts'
import { CLIENTS, connectOne } from './support/clients.ts'
import { startLoad } from './support/load.ts'
import { COMMAND_TIMEOUT, expectPromisesKept, storesOn } from './support/promises.ts'

test.each(CLIENTS)('calls end at their deadline, and late replies reach nobody (%s)', async (name) => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const { store, patient } = storesOn(await connectOne(name, redis.url))
  const load = startLoad({ store, commandTimeout: COMMAND_TIMEOUT })
  await load.successes(200)
  await redis.cli('CLIENT', 'PAUSE', '10000', 'WRITE') // scripts count as writes; UNPAUSE does not
  const begun = performance.now()
  await load.failures(16) // two of each worker
  expect(performance.now() - begun).toBeGreaterThan(COMMAND_TIMEOUT)
  expect(performance.now() - begun).toBeLessThan(9000)
  await redis.cli('CLIENT', 'UNPAUSE')
  await load.successes(200)

  await redis.cli('CLIENT', 'PAUSE', '1000', 'ALL')
  await load.failures(8)
  await load.successes(200)
  await expectPromisesKept(load, { masters: [redis.url], patient })
})
