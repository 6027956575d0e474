/** The local cache with everything it stands on. */
import QuickLRU from 'quick-lru'
import type { NameOf } from '../../rotation.ts'
import { sessionHandle } from '../../session-id.ts'
import { openLink } from '../client.ts'
import { closeWith } from '../close-with.ts'
import type { OpenedRedis } from '../open.ts'
import { CachedReader } from './reader.ts'
import { type CacheCounters, SessionCache } from './session-cache.ts'
import { LinkWatch } from './watch.ts'

export interface OpenedCache {
  readonly reader: CachedReader
  readonly counters: CacheCounters
  close(): Promise<void>
}

export interface OpenCacheOptions {
  readonly client: object
  readonly redis: OpenedRedis
  readonly cache: SessionCache
  readonly commandTimeout: number
  /** Seconds. */
  readonly maxAge: number
  /** Seconds. */
  readonly touchInterval: number
}

/** @throws {UnsupportedClientError} for a client that cannot say what Redis invalidates */
export function openCache({ client, redis, cache, ...options }: OpenCacheOptions): OpenedCache {
  const { engine, calls, keys } = redis
  const watch = new LinkWatch(
    cache,
    (key) => keys.nameOf(key),
    (listener) => openLink(client, listener),
  )
  const forget = closeWith(client, { close: () => watch.close(), reopen: () => watch.reopen() })
  const reader = new CachedReader({ engine, calls, cache, watch, keys, ...options })
  return {
    reader,
    get counters() {
      return cache.counters
    },
    close() {
      forget()
      return watch.close()
    },
  }
}

/** Hashes each ID once, as long as it is in use: that would cost more than all the rest of reading from the cache. */
export function rememberedHandles(maxSessions: number): NameOf {
  const names = new QuickLRU<string, string>({ maxSize: maxSessions })
  return (id) => {
    const known = names.get(id)
    if (known !== undefined) return known
    const name = sessionHandle(id)
    names.set(id, name)
    return name
  }
}
