/** What the nodes of a cluster say of each other, read from CLUSTER NODES. */
import type { RedisServer } from './server.ts'

export interface ClusterNode {
  readonly id: string
  readonly port: number
  readonly isMaster: boolean
  /** Neither failed nor suspected, and past the handshake. */
  readonly isSound: boolean
  /** The ID of its master, `-` for a master. */
  readonly masterId: string
  readonly slots: readonly SlotRange[]
}

/** Both ends included. */
export type SlotRange = readonly [first: number, last: number]

export async function readClusterNodes(server: RedisServer): Promise<ClusterNode[]> {
  const reply = await server.cli('CLUSTER', 'NODES')
  return reply.trim().split('\n').map(parseNode)
}

/** The common view of all nodes that run, or `undefined` while their views differ. */
export async function readAgreedNodes(servers: readonly RedisServer[]): Promise<ClusterNode[] | undefined> {
  const views = await Promise.all(servers.filter((server) => server.running).map(readClusterNodes))
  const distinct = new Set(views.map(fingerprint))
  return distinct.size === 1 ? views[0] : undefined
}

export function ownerOf(slot: number, nodes: readonly ClusterNode[]): ClusterNode | undefined {
  return nodes.find((node) => node.slots.some(([first, last]) => first <= slot && slot <= last))
}

/** `<id> <ip>:<port>@<bus port> <flags> <master> <ping> <pong> <epoch> <link> <slots>…` */
function parseNode(line: string): ClusterNode {
  const [id = '', address = '', flagList = '', masterId = '', , , , , ...slots] = line.split(' ')
  const flags = flagList.split(',')
  return {
    id,
    port: Number(/:(\d+)@/.exec(address)?.[1]),
    isMaster: flags.includes('master'),
    isSound: !['fail', 'fail?', 'handshake', 'noaddr'].some((flag) => flags.includes(flag)),
    masterId,
    slots: slots.filter((range) => !range.startsWith('[')).map(parseRange), // [..] is a slot on the move
  }
}

function parseRange(range: string): SlotRange {
  const [first, last = first] = range.split('-').map(Number)
  return [Number(first), Number(last)]
}

function fingerprint(nodes: readonly ClusterNode[]): string {
  const lines = nodes.map((node) => JSON.stringify(node))
  return lines.sort().join('\n')
}
