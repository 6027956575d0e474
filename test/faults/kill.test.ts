/** Scenario 1: Redis is killed under load, and comes back with its append-only file. */
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../support/redis/server.ts'
import { CLIENTS, connectOne } from './support/clients.ts'
import { startLoad } from './support/load.ts'
import { COMMAND_TIMEOUT, expectPromisesKept, storesOn } from './support/promises.ts'

test.each(CLIENTS)(
  'kill -9 under load: deadlines hold, nothing acknowledged is lost, it goes on (%s)',
  async (name) => {
    const redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    onTestFinished(() => redis.stop())
    const { store, patient } = storesOn(await connectOne(name, redis.url))
    const load = startLoad({ store, commandTimeout: COMMAND_TIMEOUT })
    for (let round = 0; round < 3; round++) {
      await load.successes(300)
      await redis.kill()
      await load.failures(20)
      await redis.restart()
    }
    await load.successes(300)
    const { errors } = await expectPromisesKept(load, { masters: [redis.url], patient })
    expect(errors).toHaveProperty('SOJOURN_UNAVAILABLE')
  },
)
