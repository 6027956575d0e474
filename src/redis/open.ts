/** The engines on a client, with the options that say how they are reached. */
import { InvalidArgumentError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import { show } from '../show.ts'
import { type CallSettings, RedisCalls } from './calls.ts'
import { redisPort } from './client.ts'
import { RedisClock } from './clock.ts'
import { RedisEngine } from './engine.ts'
import { RedisIndexEngine } from './index-engine.ts'
import { DEFAULT_PREFIX, SessionKeys } from './keys.ts'
import { RedisReplication } from './replication/replication.ts'

export interface RedisOptions {
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
  /**
   * After how many commands in a row that Redis did not answer calls fail at once, with a `retryAfter`, but for one at a time
   * that tries again. In a cluster, each node has a count of its own. `null` for never. Default 5.
   */
  failFastAfter?: number | null | undefined
  /** How many commands may wait for their answers at a time; one more fails at once. Default 10,000. */
  maxWaiting?: number | undefined
}

export const REDIS_OPTIONS = ['client', 'prefix', 'hashIds', 'commandTimeout', 'failFastAfter', 'maxWaiting']

export const DEFAULT_COMMAND_TIMEOUT = 500
const DEFAULT_FAIL_FAST_AFTER = 5
const DEFAULT_MAX_WAITING = 10_000
const LONGEST_TIMER = 2 ** 31 - 1

export interface OpenedRedis {
  readonly engine: RedisEngine
  readonly indexEngine: RedisIndexEngine
  readonly calls: RedisCalls
  readonly replication: RedisReplication
  readonly keys: SessionKeys
  readonly hashIds: boolean
}

/**
 * @throws {InvalidArgumentError} when an option is wrong
 * @throws {UnsupportedClientError} when the client is of no supported kind
 */
export function openRedis(
  options: RedisOptions,
  sizes: Limits,
  touchInterval: number,
  onChange?: (name: string) => void,
): OpenedRedis {
  const { client, prefix = DEFAULT_PREFIX, hashIds = false } = options
  if (typeof hashIds !== 'boolean') throw new InvalidArgumentError(`hashIds must be a boolean, got ${show(hashIds)}`)
  const keys = new SessionKeys(prefix)
  const port = redisPort(client)
  const calls = new RedisCalls(port, callSettings(options))
  const { commandTimeout = DEFAULT_COMMAND_TIMEOUT } = options
  const replication = new RedisReplication({ client, port, keys, commandTimeout })
  const engine = new RedisEngine({ calls, clock: new RedisClock(calls), keys, limits: sizes, touchInterval, onChange })
  const indexEngine = new RedisIndexEngine(calls, keys)
  return { engine, indexEngine, calls, keys, hashIds, replication }
}

function callSettings(options: RedisOptions): CallSettings {
  const {
    commandTimeout = DEFAULT_COMMAND_TIMEOUT,
    failFastAfter = DEFAULT_FAIL_FAST_AFTER,
    maxWaiting = DEFAULT_MAX_WAITING,
  } = options
  checkTimeout(commandTimeout)
  if (failFastAfter !== null) checkCount('failFastAfter', failFastAfter)
  checkCount('maxWaiting', maxWaiting)
  return { commandTimeout, failFastAfter: failFastAfter ?? Number.POSITIVE_INFINITY, maxWaiting }
}

function checkCount(name: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return
  throw new InvalidArgumentError(`${name} must be a whole number of at least 1, got ${show(value)}`)
}

function checkTimeout(value: unknown): void {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= LONGEST_TIMER) return
  throw new InvalidArgumentError(
    `commandTimeout must be a whole number of milliseconds from 1 to ${LONGEST_TIMER}, got ${show(value)}`,
  )
}
