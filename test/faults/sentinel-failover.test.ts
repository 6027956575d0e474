/** Scenario 3: the master dies under load, and the sentinels promote its replica. */
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../support/redis/eventually.ts'
import { startSentinel } from '../support/redis/sentinel.ts'
import type { RedisServer } from '../support/redis/server.ts'
import { CLIENTS, connectSentinel } from './support/clients.ts'
import { startLoad } from './support/load.ts'
import { COMMAND_TIMEOUT, expectPromisesKept, PREFIX, storesOn } from './support/promises.ts'

/** How far a replica that keeps up may be behind. */
const LOSS_WINDOW_MS = 1000

/** The sentinels of these tests connect to who they promote at once, or nearly: docs/sentinel-and-cluster.md. */
const SERVED_WITHIN_MS = 2000

/** After which a silent sentinel is left: docs/clients.md. */
const SILENCE_MS = 1000

test.each(CLIENTS)('served again within 2 s of the promotion; only the window is lost (%s)', async (name) => {
  const set = await startSentinel()
  onTestFinished(() => set.stop())
  const { store, patient } = storesOn(await connectSentinel(name, set))
  const load = startLoad({ store, commandTimeout: COMMAND_TIMEOUT, workers: 4 })
  await load.successes(300)

  const former = await set.master()
  const killed = performance.now()
  await former.kill()
  const promoted = await set.master(former)
  const begun = performance.now()
  await load.successes(20)
  expect(performance.now() - begun).toBeLessThan(SERVED_WITHIN_MS)

  await load.successes(200)
  await expectPromisesKept(load, { masters: [promoted.url], patient, lossFrom: killed - LOSS_WINDOW_MS })
})

test.each(CLIENTS)('so it is when the sentinel that is asked first is silent (%s)', async (name) => {
  const set = await startSentinel()
  onTestFinished(() => set.stop())
  const { store } = storesOn(await connectSentinel(name, set))
  const id = await store.createSession()
  const [silent, telling] = set.sentinels
  silent?.process.kill('SIGSTOP')
  await (set.nodes[0] as RedisServer).kill()
  const named = () => telling?.cli('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', set.name)
  await eventually('another master', async () => (await named())?.endsWith(`\n${set.nodes[1]?.port}`))
  const begun = performance.now()
  await eventually('the session', async () => (await store.getSession(id).catch(() => null)) !== null)
  expect(performance.now() - begun).toBeLessThan(SERVED_WITHIN_MS + SILENCE_MS)
})

test.each(CLIENTS)('a master that was replaced and lives on is left within 3 s of the promotion (%s)', async (name) => {
  const set = await startSentinel({ sentinels: 1 })
  onTestFinished(() => set.stop())
  const former = await set.master()
  const { store } = storesOn(await connectSentinel(name, set))
  const id = await store.createSession()
  // A sentinel demotes who was master after four of these periods.
  await set.sentinels[0]?.cli('SENTINEL', 'DEBUG', 'PUBLISH-PERIOD', '60000')
  await set.sentinels[0]?.cli('SENTINEL', 'FAILOVER', set.name)
  const promoted = await set.master(former)
  const begun = performance.now()
  await eventually('a change on the new master', async () => {
    await store.updateSession(id, { at: String(performance.now()) }).catch(() => false)
    return (await promoted.cli('HEXISTS', PREFIX + id, 'at')) === '1'
  })
  expect(performance.now() - begun).toBeLessThan(3000)
  expect(await former.cli('ROLE')).toMatch(/^master/)
})

test.each(CLIENTS)('a failover in order loses nothing that the replica had (%s)', async (name) => {
  const set = await startSentinel()
  onTestFinished(() => set.stop())
  const { store, patient } = storesOn(await connectSentinel(name, set))
  const load = startLoad({ store, commandTimeout: COMMAND_TIMEOUT, workers: 4 })
  await load.successes(300)
  const begun = performance.now()
  const promoted = await set.failover()
  await load.successes(300)
  await expectPromisesKept(load, { masters: [promoted.url], patient, lossFrom: begun - LOSS_WINDOW_MS })
})
