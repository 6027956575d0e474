/** Scenario 4: slots move under load, and a node of six dies. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { slotOf } from '../../src/redis/hash-slot.ts'
import { mintSessionId } from '../../src/session-id.ts'
import { type Cluster, startCluster } from '../support/redis/cluster.ts'
import { eventually } from '../support/redis/eventually.ts'
import type { RedisServer } from '../support/redis/server.ts'
import { CLIENTS, connectCluster } from './support/clients.ts'
import { startLoad } from './support/load.ts'
import { COMMAND_TIMEOUT, expectPromisesKept, PREFIX, storesOn } from './support/promises.ts'

/** Long enough that moving slots is no reason to fail. */
const PATIENCE = 15_000
const LOSS_WINDOW_MS = 1000
/** Slots in the middle of each of the three masters' ranges. */
const SLOTS = [2000, 8000, 14_000]

function isAmong(slot: number, id: string): boolean {
  return Math.abs(slotOf(PREFIX + id) - slot) < 1000
}

/** An ID whose session would be on the same master as that slot. */
function idAmong(slot: number): string {
  for (;;) {
    const id = mintSessionId()
    if (isAmong(slot, id)) return id
  }
}

describe('slots that move', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster({ masters: 3 })
  })
  afterAll(() => cluster.stop())

  test.each(CLIENTS)('are no error for anybody: redirects stay between client and cluster (%s)', async (name) => {
    for (const node of cluster.nodes) await node.cli('CONFIG', 'RESETSTAT')
    const { store, patient } = storesOn(await connectCluster(name, cluster), PATIENCE)
    const load = startLoad({ store, commandTimeout: PATIENCE })
    for (let i = 0; i < 4; i++) {
      let id = await store.createSession({ n: '0' })
      const slot = Number(await (cluster.nodes[0] as RedisServer).cli('CLUSTER', 'KEYSLOT', `${PREFIX}${id}`))
      const from = await cluster.masterFor(slot)
      const to = cluster.nodes.find((node) => node !== from) as RedisServer
      // Its one key has left, and the slot has not.
      await cluster.migrateSlot(slot, from.port, to.port, { stopHalfway: true })
      expect(await store.incrementField(id, 'n')).toBe(1)
      expect(await store.getSession(id)).toMatchObject({ n: '1' })
      await cluster.migrateSlot(slot, from.port, to.port)
      expect(await store.updateSession(id, { a: '1' })).toBe(true)
      id = (await store.rotateSession(id)) as string
      expect(await store.getSession(id)).toMatchObject({ n: '1', a: '1' })
      await load.successes(50)
    }
    const { errors } = await expectPromisesKept(load, { masters: cluster.urls, patient })
    expect(errors).toEqual({})
    const seen = (await Promise.all(cluster.nodes.map((node) => node.cli('INFO', 'errorstats')))).join('\n')
    expect(seen).toContain('errorstat_ASK')
    expect(seen).toContain('errorstat_MOVED')
    expect(seen).not.toContain('errorstat_TRYAGAIN') // which only commands on several keys get
  })
})

describe('a node of six that freezes', () => {
  test('is left when its replica has taken over, though it lives on (ioredis)', async () => {
    const cluster = await startCluster({ masters: 3, replicasPerMaster: 1 })
    onTestFinished(() => cluster.stop())
    const { store } = storesOn(await connectCluster('ioredis', cluster))
    const sessions: string[] = []
    while (!sessions.some((id) => isAmong(SLOTS[0] as number, id))) sessions.push(await store.createSession())
    const id = sessions.at(-1) as string
    const former = await cluster.masterFor(SLOTS[0] as number)
    former.process.kill('SIGSTOP')
    const session = await eventually('its session', () => store.getSession(id).catch(() => false as const))
    expect(session).toMatchObject({ session_ttl: '1800' })
  })
})

describe('a node of six that dies', () => {
  test.each(CLIENTS)('is replaced; only the window is lost (%s)', async (name) => {
    const cluster = await startCluster({ masters: 3, replicasPerMaster: 1 })
    onTestFinished(() => cluster.stop())
    const { store, patient } = storesOn(await connectCluster(name, cluster))
    const load = startLoad({ store, commandTimeout: COMMAND_TIMEOUT, workers: 6 })
    await load.successes(200)
    const former = await cluster.masterFor(SLOTS[0] as number)
    const killed = performance.now()
    await former.kill()
    await load.failures(5)
    await load.successes(20)
    await cluster.masterFor(SLOTS[0] as number, former)
    // The client may learn of it later than the nodes, and the other sessions do not wait for that.
    const nobody = idAmong(SLOTS[0] as number)
    await eventually('the client to find the new master', async () => (await store.touchSession(nobody)) === false)
    await load.successes(400)
    const masters = await Promise.all(SLOTS.map((slot) => cluster.masterFor(slot)))
    await expectPromisesKept(load, {
      masters: masters.map(({ url }) => url),
      patient,
      lossFrom: killed - LOSS_WINDOW_MS,
    })
  })
})
