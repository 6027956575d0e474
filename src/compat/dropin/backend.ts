/** From the options of a drop-in store to where its sessions are kept. */
import { InvalidArgumentError } from '../../errors.ts'
import { MemoryEngine } from '../../memory/engine.ts'
import { checkStoreOptions } from '../../options.ts'
import { FIXED } from '../../record.ts'
import { JsonStrings } from '../../redis/json-strings.ts'
import { SessionKeys } from '../../redis/keys.ts'
import { loader } from '../../redis/load.ts'
import { type OpenedRedis, openRedis, REDIS_OPTIONS } from '../../redis/open.ts'
import type { NameOf } from '../../rotation.ts'
import { sessionHandle } from '../../session-id.ts'
import { show } from '../../show.ts'
import { Hashes } from './hashes.ts'
import type { Place } from './known.ts'
import {
  checkOptions,
  type MemoryOptions,
  type MigrateFrom,
  type RedisOptions,
  type SojournStoreOptions,
  withDefaults,
} from './options.ts'
import { Strings } from './strings.ts'
import { Takeover, type TermOf } from './takeover.ts'
import type { Terms } from './term.ts'

export interface Backend {
  readonly ttl: number
  readonly nameOf: NameOf
  /** A clock in milliseconds, for how long ago something was. */
  readonly now: () => number
  readonly hashes: Hashes
  /** Where new sessions go. */
  readonly home: Place
  /** `null` when there is nothing to take over. */
  readonly old: Old | null
}

/** The sessions of another store: ours from their first load on, or (side by side) left to it. */
export interface Old {
  readonly strings: Strings
  readonly takeover: Takeover
  readonly sideBySide: boolean
}

/**
 * @throws {InvalidArgumentError} when an option is wrong
 * @throws {UnsupportedClientError} when the client is of no supported kind
 */
export function openBackend(options: SojournStoreOptions, terms: Terms): Backend {
  checkOptions(options)
  return options.engine === 'memory' ? onMemory(options, terms) : onRedis(options, terms)
}

function onMemory(options: MemoryOptions, { expiry }: Terms): Backend {
  const { now = Date.now } = options
  if (typeof now !== 'function') throw new InvalidArgumentError(`now must be a function, got ${show(now)}`)
  const { ttl, sizes: limits, touchInterval } = checkStoreOptions(withDefaults(options), ['engine', 'now'])
  const engine = new MemoryEngine({ limits, touchInterval, now })
  const load = async (name: string) => {
    const flat = await engine.read(name, false)
    const isFixed = Array.isArray(flat) && flat.some((text, i) => i % 2 === 0 && text === FIXED)
    return Array.isArray(flat) && !isFixed ? engine.read(name, true) : flat
  }
  const nameOf = (id: string) => id
  const hashes = new Hashes({ engine, load, nameOf, limits, expiry, now })
  return { ttl, nameOf, now, hashes, home: hashes, old: null }
}

function onRedis(options: RedisOptions, terms: Terms): Backend {
  const { ttl, sizes: limits } = checkStoreOptions(withDefaults(options), [...REDIS_OPTIONS, 'engine', 'migrateFrom'])
  const { migrateFrom } = options
  const opened = openRedis(options, limits, 0)
  const { engine, calls, keys, hashIds } = opened
  const now = () => performance.now()
  const nameOf: NameOf = hashIds ? sessionHandle : (id) => id
  const hashes = new Hashes({ engine, load: loader(calls, keys), nameOf, limits, expiry: terms.expiry, now })
  if (migrateFrom === undefined) return { ttl, nameOf, now, hashes, home: hashes, old: null }
  return {
    ttl,
    nameOf,
    now,
    hashes,
    ...oldSessions(opened, migrateFrom, {
      nameOf,
      hashes,
      termOf: (session) => (terms.isSession(session) ? terms.termOf(session, ttl) : null),
    }),
  }
}

function oldSessions(
  { calls, keys }: OpenedRedis,
  { prefix, sideBySide = false }: MigrateFrom,
  { nameOf, hashes, termOf }: { nameOf: NameOf; hashes: Hashes; termOf: TermOf },
): Pick<Backend, 'home' | 'old'> {
  const json = new JsonStrings(calls, new SessionKeys(prefix), keys)
  const strings = new Strings(json)
  const takeover = new Takeover(json, nameOf, termOf)
  return { home: sideBySide ? strings : hashes, old: { strings, takeover, sideBySide } }
}
