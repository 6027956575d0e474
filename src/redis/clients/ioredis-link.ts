/**
 * The link of the local cache on ioredis, which does not pass on RESP3's invalidations: one connection reads, and Redis tells
 * another one, a subscriber in RESP2, what has changed of what it read
 * (https://redis.io/docs/latest/develop/reference/client-side-caching/, "Two connections mode").
 */
import { randomUUID } from 'node:crypto'
import type { LinkListener, TrackedLink } from '../cache/link.ts'
import type { RedisPort } from '../port.ts'
import { outliveFailovers } from './ioredis-sentinel.ts'

export interface Connection {
  readonly status: string
  duplicate(overrides: object): Connection
  on(event: string, listener: (...args: never[]) => void): unknown
  call(command: string, ...args: string[]): Promise<unknown>
  ping(): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  disconnect(): void
}

const CHANNEL = '__redis__:invalidate'
const RETRY_MS = 1000

export function ioredisLink(
  client: Connection,
  portOf: (client: Connection) => RedisPort,
  listener: LinkListener,
): TrackedLink {
  const reading = client.duplicate({ lazyConnect: false })
  const hearing = client.duplicate({ lazyConnect: false, protocol: 2, autoResubscribe: false })
  const name = `sojourn:${randomUUID()}`
  let hearingId: string | null = null
  let isReady = false
  let isOpen = true
  /** Of several attempts under way only the last counts. */
  let attempt = 0

  const lost = () => {
    attempt += 1
    isReady = false
    listener.onLost()
  }
  outliveFailovers(hearing)
  for (const connection of [reading, hearing]) {
    connection.on('error', () => {})
    connection.on('close', lost)
  }
  hearing.on('close', () => {
    hearingId = null
  })
  hearing.on('ready', () => void settle(listen))
  reading.on('ready', () => void settle(track))
  hearing.on('messageBuffer', (_channel: Buffer, keys: Buffer[] | null) => {
    if (keys === null) listener.onInvalidate(null)
    else for (const key of keys) listener.onInvalidate(String(key))
  })

  return {
    port: portOf(reading),
    get isReady() {
      return isReady
    },
    ping: () => Promise.all([reading.ping(), hearing.ping()]),
    async close() {
      isOpen = false
      lost()
      reading.disconnect()
      hearing.disconnect()
    },
  }

  async function settle(step: () => Promise<void>): Promise<void> {
    try {
      await step()
    } catch {
      if (isOpen) setTimeout(() => void settle(step), RETRY_MS).unref()
    }
  }

  async function listen(): Promise<void> {
    if (hearing.status !== 'ready' || hearingId !== null) return
    await hearing.call('CLIENT', 'SETNAME', name)
    const id = String(await hearing.call('CLIENT', 'ID'))
    await hearing.subscribe(CHANNEL)
    hearingId = id
    await track()
  }

  async function track(): Promise<void> {
    if (hearingId === null || reading.status !== 'ready') return
    const mine = ++attempt
    // Both connections must have found the same server, where a name leads to several.
    const info = String(await reading.call('CLIENT', 'LIST', 'ID', hearingId))
    if (!info.includes(`name=${name}`)) throw new Error('the two connections of the cache are to different servers')
    await reading.call('CLIENT', 'TRACKING', 'OFF')
    await reading.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', hearingId)
    if (mine === attempt) isReady = isOpen
  }
}
