import { InvalidArgumentError } from '../../errors.ts'
import type { Limits } from '../../limits.ts'
import { checkNames } from '../../options.ts'
import { REDIS_OPTIONS, type RedisOptions as RedisConnection } from '../../redis/open.ts'
import { show } from '../../show.ts'

/**
 * An application that runs today must run with our store, so the limits are wider here than those of a
 * {@link RedisSessionStore}.
 */
interface CommonOptions {
  /**
   * Seconds that a session lives whose cookie has no expiry, from its last use. Default 1800; with `migrateFrom` 86400, as
   * in connect-redis, so that nobody is logged out earlier than before.
   */
  ttl?: number | undefined
  /** The most properties of one session. Default 1024. */
  maxFields?: number | undefined
  /** The most bytes of one property, name and JSON together. Default 1 MiB. */
  maxFieldBytes?: number | undefined
  /** The most bytes of all properties of one session. Default 1 MiB. */
  maxSessionBytes?: number | undefined
}

export interface MigrateFrom {
  /** What the other store's keys begin with: connect-redis's `prefix`, by default `sess:`. May be the same as ours. */
  prefix: string
  /**
   * While servers with the other store still run. Nothing is taken over then: what the other store has is read and saved
   * where and as it is, and new sessions are made there, too. Default `false`.
   */
  sideBySide?: boolean | undefined
}

/** Sessions on Redis. */
export interface RedisOptions extends CommonOptions, RedisConnection {
  engine?: undefined
  /**
   * Takes sessions over from connect-redis, or any store of one JSON string per session. Default: from nowhere. Pass the
   * `ttl` that the other store has, if it has one, and keep it when you take this option out.
   */
  migrateFrom?: MigrateFrom | undefined
}

/** Sessions in this process's memory, for development and tests. */
export interface MemoryOptions extends CommonOptions {
  engine: 'memory'
  /** The clock: milliseconds since 1970. Default `Date.now`. */
  now?: (() => number) | undefined
}

export type SojournStoreOptions = RedisOptions | MemoryOptions

export const DROP_IN_LIMITS: Limits = { maxFields: 1024, maxFieldBytes: 1_048_576, maxSessionBytes: 1_048_576 }

/** connect-redis's own. */
const MIGRANTS_TTL = 86_400

/** The options that are given, and the drop-ins' defaults for the others. */
export function withDefaults<T extends SojournStoreOptions>(options: T): T & Limits {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const isMigrating = 'migrateFrom' in options && options.migrateFrom !== undefined
  const ttl = isMigrating ? { ttl: MIGRANTS_TTL } : {}
  return { ...DROP_IN_LIMITS, ...ttl, ...(Object.fromEntries(given) as T) }
}

const COMMON = ['engine', 'ttl', 'maxFields', 'maxFieldBytes', 'maxSessionBytes']

/** Checks what only the drop-ins have; the rest is checked where it is used. */
export function checkOptions(options: SojournStoreOptions): void {
  checkNames(options, [...COMMON, ...(options?.engine === 'memory' ? ['now'] : [...REDIS_OPTIONS, 'migrateFrom'])])
  const { engine } = options as { engine?: unknown }
  if (engine !== undefined && engine !== 'memory') {
    throw new InvalidArgumentError(`engine must be "memory" or absent, got ${show(engine)}`)
  }
  if (options.engine === undefined && options.migrateFrom !== undefined) checkMigrateFrom(options.migrateFrom)
}

function checkMigrateFrom(migrateFrom: MigrateFrom): void {
  checkNames(migrateFrom, ['prefix', 'sideBySide'])
  const { prefix, sideBySide = false } = migrateFrom
  if (typeof prefix !== 'string') {
    throw new InvalidArgumentError(`migrateFrom.prefix must be a string such as "sess:", got ${show(prefix)}`)
  }
  if (typeof sideBySide !== 'boolean') {
    throw new InvalidArgumentError(`migrateFrom.sideBySide must be a boolean, got ${show(sideBySide)}`)
  }
}
