/** node-redis 6: `createClient`, `createCluster`, `createSentinel`. Known by shape, so that nothing is imported. */
import { UnsupportedClientError } from '../../errors.ts'
import { type RedisPort, type RedisReply, type ScannedType, scanNode } from '../port.ts'

/** RESP3 maps as flat lists, as in RESP2: the default, a plain object, loses a field named `__proto__`. */
const FLAT_MAPS: { typeMapping: { 37: ArrayConstructor } } = { typeMapping: { 37: Array } }

type CommandOptions = typeof FLAT_MAPS

interface Single {
  sendCommand(args: string[], options: CommandOptions): Promise<unknown>
}

interface Sentinel {
  sendCommand(isReadonly: boolean, args: string[], options: CommandOptions): Promise<unknown>
}

interface Cluster {
  masters: unknown[]
  nodeClient(node: unknown): Promise<Single> | Single
  sendCommand(
    firstKey: string | undefined,
    isReadonly: boolean,
    args: string[],
    options: CommandOptions,
  ): Promise<unknown>
}

type NodeRedis = Single | Sentinel | Cluster

export function isNodeRedis(client: unknown): client is NodeRedis {
  return hasMethod(client, 'sendCommand') && hasMethod(client, 'withTypeMapping')
}

export function nodeRedisPort(client: NodeRedis): RedisPort {
  refuseKeyPrefix(client)
  if (isCluster(client)) return clusterPort(client)
  if (isSentinel(client)) return masterPort((args) => client.sendCommand(false, args, FLAT_MAPS))
  return masterPort((args) => (client as Single).sendCommand(args, FLAT_MAPS))
}

function masterPort(send: (args: string[]) => Promise<unknown>): RedisPort {
  const command = send as (args: string[]) => Promise<RedisReply>
  return {
    command: (_key, args) => command(args),
    scanHashes: (pattern) => scanNode('hash', pattern, command),
    scanStrings: (pattern) => scanNode('string', pattern, command),
  }
}

function clusterPort(cluster: Cluster): RedisPort {
  return {
    command: (key, args) => cluster.sendCommand(key ?? undefined, false, args, FLAT_MAPS) as Promise<RedisReply>,
    scanHashes: (pattern) => scanMasters(cluster, 'hash', pattern),
    scanStrings: (pattern) => scanMasters(cluster, 'string', pattern),
  }
}

async function* scanMasters(cluster: Cluster, type: ScannedType, pattern: string): AsyncGenerator<string[]> {
  for (const master of cluster.masters) {
    const node = await cluster.nodeClient(master)
    yield* scanNode(type, pattern, (args) => node.sendCommand(args, FLAT_MAPS) as Promise<RedisReply>)
  }
}

function isCluster(client: NodeRedis): client is Cluster {
  return hasMethod(client, 'nodeClient') && 'masters' in client
}

function isSentinel(client: NodeRedis): client is Sentinel {
  return hasMethod(client, 'getMasterNode') || hasMethod(client, 'getSentinelNode')
}

/** Raw commands pass by the client's own key prefix, so two prefixes would disagree about where sessions are. */
function refuseKeyPrefix(client: object): void {
  const prefix = (client as { _keyPrefix?: unknown })._keyPrefix
  if (prefix === undefined || prefix === '') return
  throw new UnsupportedClientError(`the client must have no keyPrefix of its own: use the store's prefix option`)
}

function hasMethod(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[name] === 'function'
}
