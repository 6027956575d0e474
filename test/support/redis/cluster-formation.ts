/** Making a cluster of separate nodes, and waiting until they are of one mind. */
import { type ClusterNode, readAgreedNodes, readClusterNodes } from './cluster-nodes.ts'
import { eventually } from './eventually.ts'
import { HOST, type RedisServer } from './server.ts'

const SLOTS = 16_384

/** The first `masters` nodes share the slots; each other node replicates one of them, in turn. */
export async function formCluster(nodes: readonly RedisServer[], masterCount: number): Promise<void> {
  const masters = nodes.slice(0, masterCount)
  const replicas = nodes.slice(masterCount)
  await Promise.all(masters.map((master, i) => assignSlots(master, i, masterCount)))
  await introduce(nodes)
  await Promise.all(replicas.map((replica, i) => attach(replica, masters[i % masterCount])))
  await untilHealthy(nodes)
}

async function assignSlots(master: RedisServer, index: number, masters: number): Promise<void> {
  const first = Math.floor((index * SLOTS) / masters)
  const last = Math.floor(((index + 1) * SLOTS) / masters) - 1
  await master.cli('CLUSTER', 'ADDSLOTSRANGE', String(first), String(last))
  // Apart from the start, or the masters would settle a collision of epochs while tests run.
  await master.cli('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1))
}

/** Every two of them: left to gossip, nodes that share one acquaintance may take seconds to hear of each other. */
async function introduce(nodes: readonly RedisServer[]): Promise<void> {
  const pairs = nodes.flatMap((node, i) => nodes.slice(i + 1).map((other) => [node, other] as const))
  await Promise.all(pairs.map(([node, other]) => node.cli('CLUSTER', 'MEET', HOST, String(other.port))))
  await untilAgreed(nodes, (view) => view.length === nodes.length && view.every((node) => node.isSound))
}

async function attach(replica: RedisServer, master: RedisServer | undefined): Promise<void> {
  if (master === undefined) throw new Error('A cluster needs a master')
  await replica.cli('CLUSTER', 'REPLICATE', await master.cli('CLUSTER', 'MYID'))
}

/** Resolves when all nodes that run see the cluster alike, and as it should be. */
export async function untilAgreed(
  nodes: readonly RedisServer[],
  isRight: (view: readonly ClusterNode[]) => boolean,
): Promise<void> {
  await eventually('the cluster to agree', async () => {
    const view = await readAgreedNodes(nodes)
    return view !== undefined && isRight(view)
  })
}

/** Resolves when all nodes that run serve their slots or follow their master. */
export async function untilHealthy(nodes: readonly RedisServer[]): Promise<void> {
  for (const node of nodes.filter((node) => node.running)) {
    await eventually(`node ${node.port} to serve`, async () => {
      const info = await node.cli('CLUSTER', 'INFO')
      return info.includes('cluster_state:ok')
    })
    await eventually(`node ${node.port} to follow its master`, async () => {
      const info = await node.cli('INFO', 'replication')
      return info.includes('role:master') || info.includes('master_link_status:up')
    })
  }
}
