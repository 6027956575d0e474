/**
 * The link of the local cache on node-redis: a second client beside the application's, in RESP3, whose connections have
 * tracking on (https://redis.io/docs/latest/develop/reference/client-side-caching/). Replies and invalidations come over
 * the same connection, in the order in which things happened.
 */
import type { LinkListener, TrackedLink } from '../cache/link.ts'
import type { RedisPort } from '../port.ts'

interface Emitter {
  on(event: string, listener: (...args: never[]) => void): unknown
}

interface Duplicate extends Emitter {
  readonly isReady: boolean
  connect(): Promise<unknown>
  destroy(): void
  ping(): Promise<unknown>
  /** Of clusters and sentinels: what hears the invalidations of all their connections. */
  readonly clientSideCache?: Emitter & { clear(): void }
}

interface Clustered {
  masters: unknown[]
  nodeClient(node: unknown): Promise<{ ping(): Promise<unknown> }>
}

export interface Duplicable {
  duplicate(overrides: object): unknown
}

export function nodeRedisLink(
  client: Duplicable,
  isPooled: boolean,
  portOf: (client: unknown) => RedisPort,
  listener: LinkListener,
): TrackedLink {
  const hearing = isPooled ? { clientSideCache: {} } : { clientSideCache: undefined, emitInvalidate: true }
  const duplicate = client.duplicate({ RESP: 3, ...hearing }) as Duplicate
  let isOpen = true
  let isReady = false
  const lost = () => listener.onLost()

  for (const event of LOSSES) duplicate.on(event, lost)
  const invalidated = (key: unknown) => listener.onInvalidate(key === null ? null : String(key))
  if (duplicate.clientSideCache === undefined) {
    duplicate.on('invalidate', invalidated)
  } else {
    duplicate.clientSideCache.on('invalidate', invalidated)
    // The client empties its own cache, which holds nothing, whenever a connection is lost: that is when ours is emptied too.
    duplicate.clientSideCache.clear = lost
  }
  connect()
  return {
    port: portOf(duplicate),
    get isReady() {
      return isReady && (isPooled || duplicate.isReady)
    },
    ping: () => ('nodeClient' in duplicate ? pingMasters(duplicate as unknown as Clustered) : duplicate.ping()),
    async close() {
      isOpen = false
      isReady = false
      await Promise.resolve(duplicate.destroy())
    },
  }

  function connect(): void {
    duplicate
      .connect()
      .then(
        () => {
          isReady = isOpen
          // A cluster that is closed while it connects goes on, and has connections afterwards.
          return isOpen ? undefined : duplicate.destroy()
        },
        () => {
          if (isOpen) setTimeout(connect, RETRY_MS).unref()
        },
      )
      .catch(() => {})
  }
}

/** A client tries again by itself once it has been connected; a cluster or sentinel whose first attempt fails does not. */
const RETRY_MS = 1000

const LOSSES = [
  'error',
  'end',
  'reconnecting',
  'disconnect',
  'node-error',
  'node-disconnect',
  'node-reconnecting',
  'client-error',
]

async function pingMasters(cluster: Clustered): Promise<void> {
  for (const master of cluster.masters) await (await cluster.nodeClient(master)).ping()
}
