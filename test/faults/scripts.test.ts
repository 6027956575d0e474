/** Scenario 5: scripts vanish all the time, on each node. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startCluster } from '../support/redis/cluster.ts'
import { startRedis } from '../support/redis/server.ts'
import { CLIENTS, connectCluster, connectOne } from './support/clients.ts'
import { startLoad } from './support/load.ts'
import { expectPromisesKept, storesOn } from './support/promises.ts'

const PATIENCE = 15_000

const TOPOLOGIES = {
  async 'one server'(name: (typeof CLIENTS)[number]) {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    return { client: await connectOne(name, redis.url), nodes: [redis] }
  },
  async 'a cluster'(name: (typeof CLIENTS)[number]) {
    const cluster = await startCluster()
    onTestFinished(() => cluster.stop())
    return { client: await connectCluster(name, cluster), nodes: cluster.nodes }
  },
}
const CASES = CLIENTS.flatMap((name) => (['one server', 'a cluster'] as const).map((on) => [name, on] as const))

test.each(CASES)('SCRIPT FLUSH all the time: no failure, and each call applied once (%s on %s)', async (name, on) => {
  const { client, nodes } = await TOPOLOGIES[on](name)
  const { store, patient } = storesOn(client, PATIENCE)
  const load = startLoad({ store, commandTimeout: PATIENCE })
  let flushing = true
  const flusher = (async () => {
    while (flushing) {
      await Promise.all(nodes.map((node) => node.cli('SCRIPT', 'FLUSH')))
      await sleep(10)
    }
  })()
  await load.successes(700)
  flushing = false
  await flusher
  const { errors } = await expectPromisesKept(load, { masters: nodes.map(({ url }) => url), patient })
  expect(errors).toEqual({})
})
