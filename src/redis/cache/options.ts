import { InvalidArgumentError } from '../../errors.ts'
import { show } from '../../show.ts'

export interface CacheOptions {
  /** The most sessions to keep in this process; those read least lately go first. Default 10,000. */
  maxSessions?: number | undefined
  /** Seconds after which a session is read again even if nothing was heard of it. Default 5. */
  maxAge?: number | undefined
}

const LARGEST = 2 ** 31 - 1

/** @throws {InvalidArgumentError} when an option is wrong */
export function checkCacheOptions(options: CacheOptions): Required<{ [K in keyof CacheOptions]: number }> {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidArgumentError(`cache must be an object, got ${show(options)}`)
  }
  const unknown = Object.keys(options).find((name) => name !== 'maxSessions' && name !== 'maxAge')
  if (unknown !== undefined)
    throw new InvalidArgumentError(`unknown option cache.${unknown}; known are maxSessions, maxAge`)
  const { maxSessions = 10_000, maxAge = 5 } = options
  if (!Number.isInteger(maxSessions) || maxSessions < 1 || maxSessions > LARGEST) {
    throw new InvalidArgumentError(`cache.maxSessions must be a whole number of at least 1, got ${show(maxSessions)}`)
  }
  if (typeof maxAge !== 'number' || !(maxAge > 0 && maxAge <= 86_400)) {
    throw new InvalidArgumentError(
      `cache.maxAge must be a number of seconds above 0 and up to a day, got ${show(maxAge)}`,
    )
  }
  return { maxSessions, maxAge }
}
