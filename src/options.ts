/** Options that every store has, checked at construction. */
import { InvalidArgumentError } from './errors.ts'
import type { IndexDeclarations } from './indexes/declarations.ts'
import type { SessionLimitDeclarations } from './indexes/session-limits.ts'
import { checkDuration, checkTtl, DEFAULT_TTL } from './lifetime.ts'
import { checkLimits, type Limits } from './limits.ts'
import { show } from './show.ts'

export interface StoreOptions extends Partial<Limits> {
  /** Idle TTL of a new session, in seconds. Default 1800, as in Redis's session guides. */
  ttl?: number | undefined
  /** Seconds after which a session ends whatever happens; no touch, new TTL or rotation extends it. Default `null`: none. */
  absoluteTtl?: number | null | undefined
  /**
   * Seconds after a touch within which a read is a plain read and does not refresh. Default 0: each read refreshes,
   * as in the guides. The TTL in Redis is then never shorter than `ttl - touchInterval`.
   */
  touchInterval?: number | undefined
  /** Indexes by name: `true` for the value of the field of that name, or a function of the session. Default: none. */
  indexes?: IndexDeclarations | undefined
  /** How many sessions one value of an index may have, by index. Default: any number. */
  limits?: SessionLimitDeclarations | undefined
}

export interface CheckedStoreOptions {
  readonly ttl: number
  readonly absoluteTtl: number | null
  readonly touchInterval: number
  readonly sizes: Limits
  readonly indexes: IndexDeclarations | undefined
  readonly limits: SessionLimitDeclarations | undefined
}

const STORE_OPTIONS = [
  'ttl',
  'absoluteTtl',
  'touchInterval',
  'maxFields',
  'maxFieldBytes',
  'maxSessionBytes',
  'indexes',
  'limits',
]

/** Checks the common options; `known` names those of the engine, so that a misspelt one is an error. */
export function checkStoreOptions(options: StoreOptions, known: readonly string[]): CheckedStoreOptions {
  checkNames(options, [...STORE_OPTIONS, ...known])
  const { ttl = DEFAULT_TTL, absoluteTtl = null, touchInterval = 0 } = options
  checkTtl('ttl', ttl)
  checkDuration('touchInterval', touchInterval)
  if (absoluteTtl !== null) checkTtl('absoluteTtl', absoluteTtl)
  if (touchInterval >= ttl) {
    throw new InvalidArgumentError(
      `touchInterval (${touchInterval}) must be less than ttl (${ttl}), or sessions in use expire`,
    )
  }
  const { indexes, limits } = options
  return { ttl, absoluteTtl, touchInterval, sizes: checkLimits(options), indexes, limits }
}

/** Refuses options that are no object or hold a name that nobody reads. */
export function checkNames(options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidArgumentError(`options must be an object, got ${show(options)}`)
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`unknown option ${show(unknown)}; known are ${known.join(', ')}`)
  }
}
