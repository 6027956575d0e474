/** The clients on each topology, configured as docs/clients.md says. */
import { Redis as Ioredis, Cluster as IoredisCluster } from 'ioredis'
import { createClient, createCluster, createSentinel } from 'redis'
import { onTestFinished } from 'vitest'
import type { Cluster } from '../../support/redis/cluster.ts'
import type { SentinelSet } from '../../support/redis/sentinel.ts'
import { IOREDIS_BEHIND_SENTINEL, NODE_REDIS_BEHIND_SENTINEL } from './follow-sentinel.ts'

export type ClientName = 'node-redis' | 'ioredis'
export const CLIENTS: readonly ClientName[] = ['node-redis', 'ioredis']

/** With jitter, and quick: these tests wait for it. */
export const backOff = (attempt: number) => Math.min(50 * 2 ** attempt, 400) * (0.5 + Math.random() / 2)

const IOREDIS = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  retryStrategy: backOff,
}

/** On one server; closed with the test. Other options come after ours and prevail. */
export async function connectOne(name: ClientName, url: string, extra: object = {}): Promise<object> {
  if (name === 'ioredis') {
    const client = new Ioredis(url, { ...IOREDIS, lazyConnect: true, ...extra })
    client.on('error', () => {})
    onTestFinished(() => client.disconnect())
    await client.connect()
    return client
  }
  const { socket, ...others } = extra as { socket?: object }
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { reconnectStrategy: backOff, ...socket },
    ...others,
  })
  client.on('error', () => {})
  onTestFinished(() => client.destroy())
  return client.connect()
}

export async function connectCluster(name: ClientName, { ports, urls }: Cluster): Promise<object> {
  if (name === 'ioredis') {
    const nodes = ports.map((port) => ({ host: '127.0.0.1', port }))
    const client = new IoredisCluster(nodes, {
      lazyConnect: true,
      redisOptions: { autoResendUnfulfilledCommands: false, socketTimeout: 1000 },
    })
    client.on('error', () => {})
    onTestFinished(() => client.disconnect())
    await client.connect()
    return client
  }
  const client = createCluster({ rootNodes: urls.map((url) => ({ url })) })
  client.on('error', () => {})
  onTestFinished(() => client.destroy())
  return client.connect()
}

export async function connectSentinel(name: ClientName, { name: master, sentinels }: SentinelSet): Promise<object> {
  const addresses = sentinels.map(({ host, port }) => ({ host, port }))
  if (name === 'ioredis') {
    const client = new Ioredis({
      ...IOREDIS,
      name: master,
      sentinels: addresses,
      ...IOREDIS_BEHIND_SENTINEL,
      lazyConnect: true,
    })
    client.on('error', () => {})
    onTestFinished(() => client.disconnect())
    await client.connect()
    return client
  }
  const client = createSentinel({
    name: master,
    sentinelRootNodes: addresses,
    ...NODE_REDIS_BEHIND_SENTINEL,
  })
  client.on('error', () => {})
  onTestFinished(() => client.destroy())
  return client.connect()
}
