/** The client of an app, on each topology, with the settings that the documents advise. */
import type { EventEmitter } from 'node:events'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster, createSentinel } from 'redis'
import { IOREDIS_BEHIND_SENTINEL, NODE_REDIS_BEHIND_SENTINEL } from '../faults/support/follow-sentinel.ts'
import { watchSilence } from '../faults/support/watchdog.ts'

export type ClientName = 'node-redis' | 'ioredis'

/** How a topology is reached. */
export type Address =
  | { readonly topology: 'single'; readonly url: string }
  | {
      readonly topology: 'sentinel'
      readonly name: string
      readonly sentinels: readonly { host: string; port: number }[]
    }
  | { readonly topology: 'cluster'; readonly nodes: readonly { host: string; port: number }[] }

const backOff = (attempt: number) => Math.min(20 * 2 ** attempt, 300) * (0.5 + Math.random() / 2)
const IOREDIS = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  retryStrategy: backOff,
  lazyConnect: true,
  socketTimeout: 1000,
}

export async function openClient(name: ClientName, address: Address): Promise<EventEmitter> {
  const client = name === 'ioredis' ? ioredis(address) : nodeRedis(address)
  client.on('error', () => {}) // the calls say so
  await client.connect()
  return client
}

function ioredis(address: Address): Redis | Cluster {
  if (address.topology === 'single') return new Redis(address.url, IOREDIS)
  if (address.topology === 'sentinel')
    return new Redis({
      ...IOREDIS,
      name: address.name,
      sentinels: [...address.sentinels],
      ...IOREDIS_BEHIND_SENTINEL,
    })
  const { socketTimeout } = IOREDIS
  return new Cluster([...address.nodes], {
    lazyConnect: true,
    redisOptions: { autoResendUnfulfilledCommands: false, socketTimeout },
  })
}

function nodeRedis(address: Address) {
  if (address.topology === 'single') {
    const socket = { reconnectStrategy: backOff }
    const client = createClient({ url: address.url, disableOfflineQueue: true, pingInterval: 300, socket })
    watchSilence(client as ReturnType<typeof createClient>)
    return client
  }
  if (address.topology === 'sentinel') {
    return createSentinel({
      name: address.name,
      sentinelRootNodes: [...address.sentinels],
      ...NODE_REDIS_BEHIND_SENTINEL,
    })
  }
  return createCluster({ rootNodes: address.nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` })) })
}
