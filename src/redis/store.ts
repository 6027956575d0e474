import { checkStoreOptions, type StoreOptions } from '../options.ts'
import { EngineSessionStore } from '../session-store.ts'
import { openRedis, REDIS_OPTIONS, type RedisOptions } from './open.ts'

export interface RedisSessionStoreOptions extends StoreOptions, RedisOptions {}

/**
 * Sessions as Redis hashes, each operation one atomic command.
 *
 * @throws {InvalidArgumentError} when an option is wrong
 * @throws {UnsupportedClientError} when the client is of no supported kind
 */
export class RedisSessionStore extends EngineSessionStore {
  constructor(options: RedisSessionStoreOptions) {
    const { touchInterval, ...settings } = checkStoreOptions(options, REDIS_OPTIONS)
    const { engine, indexEngine, hashIds } = openRedis(options, settings.sizes, touchInterval)
    super({ ...settings, engine, indexEngine, hashIds })
  }
}
