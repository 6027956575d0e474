import type { Durability } from '../durability.ts'
import { InvalidArgumentError } from '../errors.ts'
import { DEFAULT_TTL } from '../lifetime.ts'
import { checkStoreOptions, type StoreOptions } from '../options.ts'
import { EngineSessionStore } from '../session-store.ts'
import { type OpenedCache, openCache, rememberedHandles } from './cache/open.ts'
import { type CacheOptions, checkCacheOptions } from './cache/options.ts'
import { type CacheCounters, SessionCache } from './cache/session-cache.ts'
import { type CheckOptions, StoreCheck } from './check/check.ts'
import type { StoreFinding } from './check/finding.ts'
import { DEFAULT_COMMAND_TIMEOUT, type OpenedRedis, openRedis, REDIS_OPTIONS, type RedisOptions } from './open.ts'
import type { RedisReplication } from './replication/replication.ts'

export interface RedisSessionStoreOptions extends StoreOptions, RedisOptions {
  /**
   * Keeps sessions that are read often in this process, until Redis says that they have changed; `touchInterval` is then 60
   * unless given. The store opens a connection of its own for it, beside the client: see {@link RedisSessionStore.close}.
   * Default: off.
   */
  cache?: CacheOptions | undefined
  /**
   * Waits for replicas after a logout or a rotation, unless the call says otherwise; see docs/durability.md. The store opens a
   * connection of its own for it. Default: does not wait.
   */
  durable?: Durability | undefined
}

/**
 * Sessions as Redis hashes, each operation one atomic command.
 *
 * @throws {InvalidArgumentError} when an option is wrong
 * @throws {UnsupportedClientError} when the client is of no supported kind, or cannot do what `cache` takes
 */
export class RedisSessionStore extends EngineSessionStore {
  readonly #cache: OpenedCache | null
  readonly #check: StoreCheck
  readonly #replication: RedisReplication

  constructor(options: RedisSessionStoreOptions) {
    const { touchInterval, ...settings } = checkStoreOptions(withTouchInterval(options), [
      ...REDIS_OPTIONS,
      'cache',
      'durable',
    ])
    if (options.cache === undefined) {
      const redis = openRedis(options, settings.sizes, touchInterval)
      super({ ...settings, ...redis, durable: options.durable })
      this.#cache = null
      this.#check = checkOf(redis, settings.indexes !== undefined)
      this.#replication = redis.replication
      return
    }
    const { maxSessions, maxAge } = checkCacheOptions(options.cache)
    const cache = new SessionCache(maxSessions)
    const redis = openRedis(options, settings.sizes, touchInterval, (name) => cache.drop(name))
    const { client, commandTimeout = DEFAULT_COMMAND_TIMEOUT } = options
    const opened = openCache({ client, redis, cache, commandTimeout, maxAge, touchInterval })
    const nameOf = redis.hashIds ? rememberedHandles(maxSessions) : undefined
    super({ ...settings, ...redis, durable: options.durable, nameOf, cachedReader: opened.reader })
    this.#cache = opened
    this.#check = checkOf(redis, settings.indexes !== undefined)
    this.#replication = redis.replication
  }

  /**
   * Looks at how Redis is set up: version, permissions, eviction, persistence, replication, failover, encryption, clock and cluster, on
   * every master. For start-up; the store never does it by itself. What Redis does not let its user ask for is `unknown`.
   *
   * @throws {StoreUnavailableError} when Redis cannot be reached
   */
  check(options: CheckOptions = {}): Promise<StoreFinding[]> {
    return this.#check.run(options)
  }

  /** What the local cache has done since the store was made; `null` without one. */
  get cacheCounters(): CacheCounters | null {
    return this.#cache === null ? null : this.#cache.counters
  }

  /** Closes what the store has opened itself: the connections of `cache` and `durable`. The client stays the application's. */
  async close(): Promise<void> {
    this.#replication.close()
    await this.#cache?.close()
  }
}

function checkOf({ calls, keys }: OpenedRedis, hasIndexes: boolean): StoreCheck {
  return new StoreCheck(calls, keys.session('check'), hasIndexes)
}

const TOUCH_INTERVAL_WITH_CACHE = 60

/** A touch changes the session, so a session that is touched at each read cannot be kept. */
function withTouchInterval(options: RedisSessionStoreOptions): RedisSessionStoreOptions {
  if (options?.cache === undefined) return options
  const { ttl = DEFAULT_TTL, touchInterval = Math.min(TOUCH_INTERVAL_WITH_CACHE, Math.floor(ttl / 2)) } = options
  if (touchInterval === 0) {
    throw new InvalidArgumentError(`the option cache needs a touchInterval of at least 1 and a ttl of at least 2`)
  }
  return { ...options, touchInterval }
}
