/** Making a cluster of separate nodes, and waiting until they are of one mind. */
import { type ClusterNode, readAgreedNodes } from './cluster-nodes.ts'
import { eventually } from './eventually.ts'
import { HOST, type RedisServer } from './server.ts'

type View = readonly ClusterNode[]

const SLOTS = 16_384

/** The first `masterCount` nodes share the slots; each other node replicates one of them, in turn. */
export async function formCluster(nodes: readonly RedisServer[], masterCount: number): Promise<void> {
  const masters = nodes.slice(0, masterCount)
  const replicas = nodes.slice(masterCount)
  await Promise.all(masters.map((master, i) => assignSlots(master, i, masterCount)))
  await introduce(nodes)
  await Promise.all(replicas.map((replica, i) => attach(replica, masters[i % masterCount])))
  await untilAgreed(nodes, (view) => view.filter((node) => !node.isMaster).length === replicas.length)
  await untilServing(nodes)
}

async function assignSlots(master: RedisServer, index: number, masterCount: number): Promise<void> {
  const first = Math.floor((index * SLOTS) / masterCount)
  const last = Math.floor(((index + 1) * SLOTS) / masterCount) - 1
  await master.cli('CLUSTER', 'ADDSLOTSRANGE', String(first), String(last))
  // Distinct from the start, or masters would still settle collisions of epochs while tests run.
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

/** The view of the cluster that all nodes that run share, once it is right. */
export function untilAgreed(nodes: readonly RedisServer[], isRight: (view: View) => boolean): Promise<View> {
  return eventually('the nodes of the cluster to agree', async () => {
    const view = await readAgreedNodes(nodes)
    return view !== undefined && isRight(view) && view
  })
}

/** Resolves when every node that runs answers for its slots, or follows its master. */
export async function untilServing(nodes: readonly RedisServer[]): Promise<void> {
  for (const node of nodes.filter((node) => node.running)) {
    await eventually(`node ${node.port} to serve`, async () => {
      const [cluster, replication] = [await node.cli('CLUSTER', 'INFO'), await node.cli('INFO', 'replication')]
      return cluster.includes('cluster_state:ok') && !replication.includes('master_link_status:down')
    })
  }
}
