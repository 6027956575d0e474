/** Six nodes: three masters with a replica each. A node that dies may lose what its window allows; slots that move lose nothing. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cluster, startCluster } from '../../support/redis/cluster.ts'
import { untilAgreed, untilServing } from '../../support/redis/cluster-formation.ts'
import { type ClusterNode, ownerOf } from '../../support/redis/cluster-nodes.ts'
import type { RedisServer } from '../../support/redis/server.ts'
import { oneOf, type Random } from '../random.ts'
import { dropConnections, flushScripts, freeze, pause } from './server-faults.ts'
import type { Fault, Topology, TopologyOptions } from './topology.ts'

const MASTERS = 3

/** Within that time after its last election a replica is not elected again, or not properly (see ../../support/redis/cluster.ts). */
const ELECTION_REST_MS = 8000

interface Pair {
  readonly master: RedisServer
  readonly replica: RedisServer
  /** One that the master owns. */
  readonly slot: number
}

export async function startNodes({ losses, random }: TopologyOptions): Promise<Topology> {
  const cluster = await startCluster({ masters: MASTERS, replicasPerMaster: 1 })
  const elected = new Map<RedisServer, number>()
  const restOf = ({ replica }: Pair) =>
    (elected.get(replica) ?? -ELECTION_REST_MS) + ELECTION_REST_MS - performance.now()
  const onPair = (name: string, strike: (pair: Pair) => Promise<unknown>): Fault => ({
    name,
    strike: async () => strike(oneOf(random, await pairsOf(cluster))),
  })
  const promoting = (name: string, strike: (pair: Pair) => Promise<unknown>): Fault => ({
    name,
    async strike() {
      const [pair] = (await pairsOf(cluster)).sort((one, other) => restOf(one) - restOf(other)) as [Pair]
      await sleep(Math.max(0, restOf(pair)))
      await strike(pair)
      elected.set(pair.replica, performance.now())
    },
  })
  const faults: Fault[] = [
    promoting('node killed', async ({ master, slot }) => {
      await losses.failover(() => master.kill())
      await cluster.masterFor(slot, master)
      await master.restart()
    }),
    promoting('node frozen until it was replaced', ({ master, slot }) =>
      losses.failover(async () => {
        await freeze(master, () => untilReplaced(cluster, master, slot))
        await untilPaired(cluster)
      }),
    ),
    promoting('failover in order', ({ replica }) => cluster.failover(replica.port)),
    onPair('replica killed', ({ replica }) => replica.kill().then(() => replica.restart())),
    onPair('node frozen', ({ master }) => freeze(master, () => sleep(500))),
    onPair('node paused', ({ master }) => pause(master, 500)),
    onPair('connections closed', ({ master }) => dropConnections(master)),
    { name: 'slots moved', strike: () => moveSlots(cluster, random) },
    { name: 'scripts flushed', strike: () => flushScripts(cluster.nodes) },
  ]
  return {
    address: { topology: 'cluster', nodes: cluster.nodes.map(({ host, port }) => ({ host, port })) },
    faults,
    masters: async () => (await pairsOf(cluster)).map(({ master }) => master.url),
    stop: () => cluster.stop(),
  }
}

/** With keys in them, each left half-moved for a while. */
async function moveSlots(cluster: Cluster, random: Random): Promise<void> {
  for (let i = 0; i < 3; i++) {
    const masters = (await pairsOf(cluster)).map(({ master }) => master)
    const from = masters[Math.floor(random() * MASTERS)] as RedisServer
    const to = masters[(masters.indexOf(from) + 1) % MASTERS] as RedisServer
    const key = await from.cli('RANDOMKEY')
    if (key === '') continue
    const slot = Number(await from.cli('CLUSTER', 'KEYSLOT', key))
    await cluster.migrateSlot(slot, from.port, to.port, { stopHalfway: true })
    await sleep(100)
    await cluster.migrateSlot(slot, from.port, to.port)
  }
}

/** Each master with its replica, by all nodes' account. */
async function pairsOf(cluster: Cluster): Promise<Pair[]> {
  const view = await untilPaired(cluster)
  const serverOf = (node: ClusterNode | undefined) =>
    cluster.nodes.find(({ port }) => port === node?.port) as RedisServer
  return ownersIn(view).map((node) => ({
    master: serverOf(node),
    replica: serverOf(view.find(({ masterId }) => masterId === node.id)),
    slot: node.slots[0]?.[0] as number,
  }))
}

/** By the account of the others: it does not answer. */
function untilReplaced({ nodes }: Cluster, frozen: RedisServer, slot: number): Promise<unknown> {
  const others = nodes.filter((node) => node !== frozen)
  return untilAgreed(others, (view) => ![undefined, frozen.port].includes(ownerOf(slot, view)?.port))
}

/** All nodes are sound, and each master has its replica, which follows it. */
async function untilPaired({ nodes }: Cluster): Promise<readonly ClusterNode[]> {
  const view = await untilAgreed(
    nodes,
    (view) => view.length === nodes.length && view.every((node) => isPaired(node, view)),
  )
  await untilServing(nodes)
  return view
}

function isPaired(node: ClusterNode, view: readonly ClusterNode[]): boolean {
  if (!node.isSound) return false
  if (!node.isMaster) return true
  return node.slots.length > 0 && view.filter(({ masterId }) => masterId === node.id).length === 1
}

function ownersIn(view: readonly ClusterNode[]): ClusterNode[] {
  return view.filter(({ isMaster }) => isMaster)
}
