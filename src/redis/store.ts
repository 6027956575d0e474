import { InvalidArgumentError } from '../errors.ts'
import { checkStoreOptions, type StoreOptions } from '../options.ts'
import { EngineSessionStore } from '../session-store.ts'
import { show } from '../show.ts'
import { redisPort } from './client.ts'
import { RedisEngine } from './engine.ts'
import { DEFAULT_PREFIX, SessionKeys } from './keys.ts'

export interface RedisSessionStoreOptions extends StoreOptions {
  /**
   * The application's own client, connected: `createClient`, `createCluster` or `createSentinel` of `redis` 6, or a
   * `Redis` or `Cluster` of `ioredis` 6. The application goes on owning it, and closes it.
   */
  client: object
  /** What session keys begin with. Default `session:`, as in Redis's session guides. */
  prefix?: string | undefined
  /**
   * Puts SHA-256 of the ID in the key in place of the ID, so that no dump, log or MONITOR holds a ticket. Recommended in
   * production. Default `false`, the guides' layout.
   */
  hashIds?: boolean | undefined
  /** Milliseconds after which a call fails if Redis has not answered. Default 500. */
  commandTimeout?: number | undefined
}

const DEFAULT_COMMAND_TIMEOUT = 500
const LONGEST_TIMER = 2 ** 31 - 1

/**
 * Sessions as Redis hashes, each operation one atomic command.
 *
 * @throws {InvalidArgumentError} when an option is wrong
 * @throws {UnsupportedClientError} when the client is of no supported kind
 */
export class RedisSessionStore extends EngineSessionStore {
  constructor(options: RedisSessionStoreOptions) {
    const { limits, touchInterval, ...settings } = checkStoreOptions(options, [
      'client',
      'prefix',
      'hashIds',
      'commandTimeout',
    ])
    const { client, prefix = DEFAULT_PREFIX, hashIds = false, commandTimeout = DEFAULT_COMMAND_TIMEOUT } = options
    if (typeof hashIds !== 'boolean') throw new InvalidArgumentError(`hashIds must be a boolean, got ${show(hashIds)}`)
    checkTimeout(commandTimeout)
    const keys = new SessionKeys(prefix)
    const port = redisPort(client)
    super({
      ...settings,
      limits,
      hashIds,
      engine: new RedisEngine({ port, keys, limits, touchInterval, commandTimeout }),
    })
  }
}

function checkTimeout(value: unknown): void {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= LONGEST_TIMER) return
  throw new InvalidArgumentError(
    `commandTimeout must be a whole number of milliseconds from 1 to ${LONGEST_TIMER}, got ${show(value)}`,
  )
}
