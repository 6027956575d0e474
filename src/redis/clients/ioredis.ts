/** ioredis 6: `Redis` (Sentinel included) and `Cluster`. Known by shape, so that nothing is imported. */
import { UnsupportedClientError } from '../../errors.ts'
import type { LinkListener, TrackedLink } from '../cache/link.ts'
import { slotOf } from '../hash-slot.ts'
import type { FailoverOption, Master, RedisPort, RedisReply } from '../port.ts'
import type { SidePort } from '../replication/fence.ts'
import { commandsOf, type Redis, sendGuarded } from './ioredis-command.ts'
import { type Connection, ioredisLink } from './ioredis-link.ts'
import { outliveFailovers } from './ioredis-sentinel.ts'

interface Cluster extends Redis {
  readonly isCluster: true
  /** The addresses of each slot's nodes, the master first. */
  readonly slots: readonly (readonly string[])[]
  nodes(role: 'master'): Redis[]
}

type Ioredis = Redis | Cluster

export function isIoredis(client: unknown): client is Ioredis {
  if (typeof client !== 'object' || client === null) return false
  const { call, options, defineCommand } = client as Record<string, unknown>
  return typeof call === 'function' && typeof defineCommand === 'function' && typeof options === 'object'
}

export function ioredisPort(client: Ioredis): RedisPort {
  refuseOptions(client.options)
  outliveFailovers(client)
  const make = commandsOf(client)
  return {
    command: (_key, args, withdrawal) => {
      const command = make(args)
      return withdrawal === undefined ? client.sendCommand(command) : sendGuarded(client, command, withdrawal)
    },
    nodeOf: isCluster(client) ? (key) => client.slots[slotOf(key)]?.[0] ?? '' : () => '',
    isCluster: isCluster(client),
    reconnect: isCluster(client) ? null : () => client.disconnect(true),
    masters: async () => (isCluster(client) ? client.nodes('master').map(nodeOf) : [masterOf(client, '')]),
  }
}

const FOR_FAILOVER: readonly FailoverOption[] = ['failoverDetector', 'sentinelCommandTimeout']

function nodeOf(client: Redis): Master {
  return masterOf(client, `${client.options.host}:${client.options.port}`)
}

function masterOf(client: Redis, name: string): Master {
  const { options } = client
  const { tls, sentinels, enableTLSForSentinelMode } = options
  return {
    name,
    isEncrypted: Boolean(tls && (!sentinels || enableTLSForSentinelMode)),
    missingForFailover: sentinels ? FOR_FAILOVER.filter((option) => !options[option]) : null,
    command: ([command, ...args]) => client.call(command as string, ...args) as Promise<RedisReply>,
  }
}

/**
 * A link for the local cache, beside the application's client.
 *
 * @throws {UnsupportedClientError} for a cluster
 */
export function openIoredisLink(client: Ioredis, listener: LinkListener): TrackedLink {
  if (isCluster(client)) {
    throw new UnsupportedClientError(
      'the option cache does not work with a Cluster of ioredis, which does not say what its nodes invalidate: use createCluster of redis 6, or leave cache out',
    )
  }
  return ioredisLink(client as unknown as Connection, (link) => ioredisPort(link as unknown as Ioredis), listener)
}

/** Connections beside the application's client. */
export function openIoredisSide(client: Ioredis): SidePort {
  // What comes before it is connected waits for that. What was under way when the connection is lost fails at once: nobody is
  // to wait for it again on another connection.
  const queue = { enableOfflineQueue: true }
  const overrides = isCluster(client) ? [[], queue] : [{ ...queue, maxRetriesPerRequest: 0 }]
  const side = (client as unknown as Duplicable).duplicate(...overrides)
  side.on('error', () => {})
  // Its nodes are known when it has answered something.
  const connected = isCluster(side) ? side.call('CLUSTER', 'INFO') : Promise.resolve()
  connected.catch(() => {})
  return { port: ioredisPort(side), connected, close: () => side.disconnect() }
}

interface Duplicable {
  duplicate(...overrides: object[]): Ioredis & Closeable
}

interface Closeable {
  on(event: 'error', listener: () => void): unknown
  disconnect(): void
}

function isCluster(client: Ioredis): client is Cluster {
  return 'isCluster' in client && client.isCluster === true
}

function refuseOptions({ keyPrefix, stringNumbers, scaleReads = 'master' }: Redis['options']): void {
  if (keyPrefix) {
    throw new UnsupportedClientError(`the client must have no keyPrefix of its own: use the store's prefix option`)
  }
  if (stringNumbers)
    throw new UnsupportedClientError('the client must give numbers as numbers: leave stringNumbers off')
  if (scaleReads !== 'master') {
    throw new UnsupportedClientError(
      "the client must read from masters, or a session ended there seems alive: scaleReads: 'master'",
    )
  }
}
