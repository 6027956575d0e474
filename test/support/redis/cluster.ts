/** A private Redis Cluster: real nodes that own every slot, and agree on it when the cluster is handed over. */
import { formCluster, untilAgreed, untilHealthy } from './cluster-formation.ts'
import { migrateSlot } from './cluster-migration.ts'
import { ownerOf, readAgreedNodes } from './cluster-nodes.ts'
import { eventually } from './eventually.ts'
import { type RedisServer, startRedis } from './server.ts'

export interface Cluster {
  /** The first masters, then their replicas. */
  readonly nodes: readonly RedisServer[]
  readonly ports: readonly number[]
  readonly urls: readonly string[]
  masterFor(slot: number): Promise<RedisServer>
  /**
   * Moves a slot with its keys; resolves with the keys when every node knows the new owner. `stopHalfway` moves
   * half of the keys, at least one, and leaves the slot on the move: the source answers ASK for keys that left,
   * TRYAGAIN for keys on both sides. Another call completes it.
   */
  migrateSlot(slot: number, fromPort: number, toPort: number, options?: { stopHalfway?: boolean }): Promise<string[]>
  /** Promotes the replica on this port; its master becomes its replica. */
  failover(replicaPort: number): Promise<void>
  stop(): Promise<void>
}

export interface ClusterOptions {
  readonly masters?: number
  readonly replicasPerMaster?: number
}

// biome-ignore format: each flag beside its value
const NODE_ARGS = [
  '--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', '--repl-diskless-sync-delay', '0',
]

export async function startCluster({ masters = 3, replicasPerMaster = 0 }: ClusterOptions = {}): Promise<Cluster> {
  const count = masters * (1 + replicasPerMaster)
  const nodes = await Promise.all(Array.from({ length: count }, () => startRedis({ args: NODE_ARGS })))
  await formCluster(nodes, masters)
  const nodeOn = (port: number | undefined) => {
    const node = nodes.find((node) => node.port === port)
    if (node === undefined) throw new Error(`No node of the cluster is on port ${port}`)
    return node
  }
  return {
    nodes,
    ports: nodes.map((node) => node.port),
    urls: nodes.map((node) => node.url),
    async masterFor(slot) {
      const owner = await eventually(`an owner of slot ${slot}`, async () => {
        const view = await readAgreedNodes(nodes)
        return view && ownerOf(slot, view)
      })
      return nodeOn(owner.port)
    },
    async migrateSlot(slot, fromPort, toPort, { stopHalfway = false } = {}) {
      const keys = await migrateSlot({ slot, from: nodeOn(fromPort), to: nodeOn(toPort), stopHalfway })
      if (!stopHalfway) await untilAgreed(nodes, (view) => ownerOf(slot, view)?.port === toPort)
      return keys
    },
    async failover(replicaPort) {
      await nodeOn(replicaPort).cli('CLUSTER', 'FAILOVER')
      await untilAgreed(nodes, (view) => view.some((node) => node.port === replicaPort && node.isMaster))
      await untilHealthy(nodes)
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}
