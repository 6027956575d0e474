/** Where the demo keeps its sessions. */
import { createClient } from 'redis'
import { MemorySessionStore, RedisSessionStore, type SessionStore } from 'sojourn'
import type { CommandLog } from './command-log.ts'
import { type Options, StartError } from './options.ts'

export interface Engine {
  readonly kind: 'redis' | 'memory'
  readonly hashIds: boolean
  /** For people, as `Redis at localhost:6379`. */
  readonly place: string
  readonly store: SessionStore
  /** How redis-cli gets there; `null` when there is nothing to get to. */
  readonly cli: string | null
  close(): Promise<void>
}

/** All sessions of one username can be found, and ended, without looking at those of others. */
const INDEXES = { username: true } as const

const PROBE_MS = 1000
const SLOWEST_RETRY_MS = 1000

/** @throws {StartError} when Redis was asked for by name and does not answer */
export async function openEngine(options: Options, log: CommandLog): Promise<Engine> {
  if (options.engine === 'memory') return inMemory(options, log, 'the memory of this process')
  const host = hostOf(options.redisUrl)
  try {
    await probe(options.redisUrl)
  } catch (error) {
    if (options.engine === 'redis') throw new StartError(`Redis does not answer at ${host}: ${reason(error)}.`)
    return inMemory(options, log, `the memory of this process, as no Redis answers at ${host}`)
  }
  return onRedis(options, log)
}

async function onRedis({ redisUrl, ttl, absoluteTtl, hashIds }: Options, log: CommandLog): Promise<Engine> {
  const client = createClient({
    url: redisUrl.href,
    // While Redis is away a command fails at once, instead of waiting in a queue and running when nobody expects it any more.
    disableOfflineQueue: true,
    socket: { reconnectStrategy: (retries) => Math.min(2 ** retries * 50, SLOWEST_RETRY_MS) },
  })
  client.on('error', () => {}) // each request that needs Redis says so for itself
  await client.connect()
  const store = new RedisSessionStore({ client: log.watchClient(client), ttl, absoluteTtl, hashIds, indexes: INDEXES })
  return {
    kind: 'redis',
    hashIds,
    place: `Redis at ${hostOf(redisUrl)}`,
    store: log.nameCalls(store),
    cli: redisCli(redisUrl),
    close: () => leave(client),
  }
}

function inMemory({ ttl, absoluteTtl }: Options, log: CommandLog, place: string): Engine {
  const store = new MemorySessionStore({ ttl, absoluteTtl, indexes: INDEXES })
  return { kind: 'memory', hashIds: false, place, store: log.watchCalls(store), cli: null, close: async () => {} }
}

interface Connection {
  readonly isReady: boolean
  close(): Promise<unknown>
  destroy(): void
}

/** Lets Redis answer what it was asked, unless it has gone silent. */
async function leave(client: Connection): Promise<void> {
  const silence = setTimeout(() => client.destroy(), PROBE_MS)
  try {
    if (client.isReady) await client.close()
    else client.destroy()
  } catch {} // destroyed meanwhile
  clearTimeout(silence)
}

/** Rejects unless what listens there is a Redis that lets us in. */
async function probe(url: URL): Promise<void> {
  const client = createClient({ url: url.href, socket: { connectTimeout: PROBE_MS, reconnectStrategy: false } })
  client.on('error', () => {}) // connect() says the same
  const silence = setTimeout(() => client.destroy(), PROBE_MS)
  try {
    await client.connect()
    await client.ping()
  } finally {
    clearTimeout(silence)
    if (client.isOpen) client.destroy()
  }
}

function hostOf({ hostname, port }: URL): string {
  return `${hostname}:${port || '6379'}`
}

function reason(error: unknown): string {
  const { code, message } = error as { code?: string; message: string }
  if (code === 'ECONNREFUSED') return 'nothing listens there'
  if (code === 'ENOTFOUND') return 'there is no such host'
  return message === '' ? String(code) : message.replace(/\.$/, '')
}

/** Without the password, which redis-cli then asks Redis's user for. */
function redisCli({ protocol, hostname, port, pathname, username }: URL): string {
  const flags = [
    hostname === 'localhost' ? '' : ` -h ${hostname.replace(/^\[|\]$/g, '')}`,
    port === '' || port === '6379' ? '' : ` -p ${port}`,
    pathname.length > 1 ? ` -n ${pathname.slice(1)}` : '',
    username === '' ? '' : ` --user ${username} --askpass`,
    protocol === 'rediss:' ? ' --tls' : '',
  ]
  return `redis-cli${flags.join('')}`
}
