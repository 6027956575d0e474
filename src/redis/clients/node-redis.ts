/** node-redis 6: `createClient`, `createCluster`, `createSentinel`. Known by shape, so that nothing is imported. */
import { UnsupportedClientError } from '../../errors.ts'
import type { LinkListener, TrackedLink } from '../cache/link.ts'
import { slotOf } from '../hash-slot.ts'
import type { Master, RedisPort, RedisReply, Withdrawal } from '../port.ts'
import type { SidePort } from '../replication/fence.ts'
import { type Quittable, reconnectable } from './hang-up.ts'
import { type Duplicable, nodeRedisLink } from './node-redis-link.ts'
import { SendOnce } from './send-once.ts'

interface CommandOptions {
  typeMapping: { 37: ArrayConstructor }
  timeout?: number
  abortSignal?: Withdrawal | undefined
}

/** RESP3 maps as flat lists, as in RESP2: the default, a plain object, loses a field named `__proto__`. */
const FLAT_MAPS: CommandOptions['typeMapping'] = { 37: Array }

/** The client's own timeout makes an AbortSignal with a timer for each command, half of what a command costs: ours replaces it. */
function withdrawable(withdrawal: Withdrawal | undefined): CommandOptions {
  return { typeMapping: FLAT_MAPS, timeout: 0, abortSignal: withdrawal }
}

interface Single {
  readonly options?: { readonly socket?: { readonly tls?: boolean } }
  sendCommand(args: string[], options: CommandOptions): Promise<unknown>
}

interface Sentinel {
  sendCommand(isReadonly: boolean, args: string[], options: CommandOptions): Promise<unknown>
}

interface Cluster {
  masters: { readonly address: string }[]
  slots: readonly { master: { address: string } }[]
  nodeClient(node: unknown): Promise<Single> | Single
  sendCommand(
    firstKey: string | undefined,
    isReadonly: boolean,
    args: string[],
    options: CommandOptions,
  ): Promise<unknown>
}

interface Connectable {
  on(event: 'error', listener: () => void): unknown
  connect(): Promise<unknown>
  destroy(): unknown
}

type NodeRedis = Single | Sentinel | Cluster

export function isNodeRedis(client: unknown): client is NodeRedis {
  return hasMethod(client, 'sendCommand') && hasMethod(client, 'withTypeMapping')
}

export function nodeRedisPort(client: NodeRedis): RedisPort {
  refuseKeyPrefix(client)
  if (isCluster(client)) return clusterPort(client)
  if (isSentinel(client)) {
    const about = { isEncrypted: null, missingForFailover: [] }
    return masterPort((args, options) => sendOnce(client, args, options), about)
  }
  const single = client as Single
  const about = { isEncrypted: speaksTls(single), missingForFailover: null }
  const port = masterPort((args, options) => single.sendCommand(args, options), about)
  return reconnectable(port, single as Quittable)
}

/** A link for the local cache, beside the application's client. */
export function openNodeRedisLink(client: NodeRedis, listener: LinkListener): TrackedLink {
  const isPooled = isCluster(client) || isSentinel(client)
  return nodeRedisLink(client as unknown as Duplicable, isPooled, (link) => nodeRedisPort(link as NodeRedis), listener)
}

/** Connections beside the application's client. */
export function openNodeRedisSide(client: NodeRedis): SidePort {
  const side = (client as unknown as { duplicate(): NodeRedis & Connectable }).duplicate()
  side.on('error', () => {})
  const connected = side.connect()
  connected.catch(() => {})
  const destroy = async () => side.destroy()
  const close = () => {
    destroy().catch(() => {})
    // A cluster that is closed while it connects goes on, and has connections afterwards.
    connected.then(destroy).catch(() => {})
  }
  return { port: nodeRedisPort(side), connected, close }
}

/** The Sentinel client sends a command again when the connection was lost, which only suits one that changes nothing. */
async function sendOnce(client: Sentinel, args: string[], options: CommandOptions): Promise<unknown> {
  const { abortSignal } = options
  if (!abortSignal?.isChange) return client.sendCommand(false, args, options)
  const once = new SendOnce(abortSignal)
  try {
    return await client.sendCommand(false, args, { ...options, abortSignal: once })
  } catch (error) {
    throw once.wasKept ? new Error('the connection was lost before Redis answered') : error
  }
}

function masterPort(
  send: (args: string[], options: CommandOptions) => Promise<unknown>,
  about: Pick<Master, 'isEncrypted' | 'missingForFailover'>,
): RedisPort {
  const command = send as (args: string[], options: CommandOptions) => Promise<RedisReply>
  const master = { ...about, name: '', command: (args: string[]) => command(args, { typeMapping: FLAT_MAPS }) }
  return {
    command: (_key, args, withdrawal) => command(args, withdrawable(withdrawal)),
    nodeOf: () => '',
    isCluster: false,
    reconnect: null,
    masters: async () => [master],
  }
}

function clusterPort(cluster: Cluster): RedisPort {
  return {
    command: (key, args, withdrawal) =>
      cluster.sendCommand(key ?? undefined, false, args, withdrawable(withdrawal)) as Promise<RedisReply>,
    nodeOf: (key) => cluster.slots[slotOf(key)]?.master.address ?? '',
    isCluster: true,
    reconnect: null,
    masters: () => Promise.all(cluster.masters.map((master) => clusterMaster(cluster, master))),
  }
}

async function clusterMaster(cluster: Cluster, master: Cluster['masters'][0]): Promise<Master> {
  const node = await cluster.nodeClient(master)
  return {
    name: master.address,
    isEncrypted: speaksTls(node),
    missingForFailover: null,
    command: (args) => node.sendCommand(args, { typeMapping: FLAT_MAPS }) as Promise<RedisReply>,
  }
}

function speaksTls({ options }: Single): boolean {
  return options?.socket?.tls === true
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
