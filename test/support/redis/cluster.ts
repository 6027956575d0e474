/** A private Redis Cluster: real nodes that own every slot, and agree on it when the cluster is handed over. */
import { setTimeout as delay } from 'node:timers/promises'
import { formCluster, untilAgreed, untilServing } from './cluster-formation.ts'
import { migrateSlot } from './cluster-migration.ts'
import { ownerOf } from './cluster-nodes.ts'
import { REPLICATION_ARGS, type RedisServer, startRedis } from './server.ts'

export interface Cluster {
  /** The first masters, then their replicas. */
  readonly nodes: readonly RedisServer[]
  readonly ports: readonly number[]
  readonly urls: readonly string[]
  /** The owner of the slot by all nodes' account; with `former`, once that is another. */
  masterFor(slot: number, former?: RedisServer): Promise<RedisServer>
  /**
   * Moves a slot with its keys; resolves with the keys when every node knows the new owner. `stopHalfway` moves
   * half of the keys, at least one, and leaves the slot on the move: the source answers ASK for keys that left,
   * TRYAGAIN for keys on both sides. Another call completes it.
   */
  migrateSlot(slot: number, fromPort: number, toPort: number, options?: { stopHalfway?: boolean }): Promise<string[]>
  /** Promotes the replica on this port; its master becomes its replica. Again on the same port it takes 8 s. */
  failover(replicaPort: number): Promise<void>
  stop(): Promise<void>
}

export interface ClusterOptions {
  readonly masters?: number
  readonly replicasPerMaster?: number
}

const NODE_TIMEOUT_MS = 2000
const NODE_ARGS = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(NODE_TIMEOUT_MS), ...REPLICATION_ARGS]

/** Sooner after its last election, a replica would count the votes of that one again and claim an outdated epoch. */
const ELECTION_REST_MS = 4 * NODE_TIMEOUT_MS

export async function startCluster({ masters = 3, replicasPerMaster = 0 }: ClusterOptions = {}): Promise<Cluster> {
  const count = masters * (1 + replicasPerMaster)
  const nodes = await Promise.all(Array.from({ length: count }, () => startRedis({ args: NODE_ARGS })))
  await formCluster(nodes, masters)
  const rest = new Map<number, Promise<void>>()
  const nodeOn = (port: number | undefined) => {
    const node = nodes.find((node) => node.port === port)
    if (node === undefined) throw new Error(`No node of the cluster is on port ${port}`)
    return node
  }
  return {
    nodes,
    ports: nodes.map((node) => node.port),
    urls: nodes.map((node) => node.url),
    async masterFor(slot, former) {
      const view = await untilAgreed(nodes, (view) => ![undefined, former?.port].includes(ownerOf(slot, view)?.port))
      return nodeOn(ownerOf(slot, view)?.port)
    },
    async migrateSlot(slot, fromPort, toPort, { stopHalfway = false } = {}) {
      const keys = await migrateSlot({ slot, from: nodeOn(fromPort), to: nodeOn(toPort), stopHalfway })
      if (!stopHalfway) await untilAgreed(nodes, (view) => ownerOf(slot, view)?.port === toPort)
      return keys
    },
    async failover(replicaPort) {
      await rest.get(replicaPort)
      await nodeOn(replicaPort).cli('CLUSTER', 'FAILOVER')
      await untilAgreed(nodes, (view) => view.some((node) => node.port === replicaPort && node.isMaster))
      rest.set(replicaPort, delay(ELECTION_REST_MS, undefined, { ref: false }))
      await untilServing(nodes)
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}
