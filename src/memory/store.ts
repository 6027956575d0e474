import { InvalidArgumentError } from '../errors.ts'
import { checkStoreOptions, type StoreOptions } from '../options.ts'
import { EngineSessionStore } from '../session-store.ts'
import { show } from '../show.ts'
import { MemoryEngine } from './engine.ts'
import { MemoryIndexEngine } from './index-engine.ts'

export interface MemorySessionStoreOptions extends StoreOptions {
  /** The clock: milliseconds since 1970. Default `Date.now`. */
  now?: (() => number) | undefined
}

/**
 * Sessions in this process's memory, with the semantics of {@link RedisSessionStore}: for development, tests and
 * single-process use. They end with the process. No timer: expired sessions leave as others come.
 *
 * @throws {InvalidArgumentError} when an option is wrong
 */
export class MemorySessionStore extends EngineSessionStore {
  constructor(options: MemorySessionStoreOptions = {}) {
    const { touchInterval, ...settings } = checkStoreOptions(options, ['now'])
    const { now = Date.now } = options
    if (typeof now !== 'function') throw new InvalidArgumentError(`now must be a function, got ${show(now)}`)
    super({
      ...settings,
      hashIds: false,
      engine: new MemoryEngine({ limits: settings.sizes, touchInterval, now }),
      indexEngine: new MemoryIndexEngine(now),
    })
  }
}
