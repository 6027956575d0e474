/** The atomic steps on Redis: one script on one key each. */
import { type Changes, type Engine, Moved, type NewSession, type Reply, type Seal, type Vitals } from '../engine.ts'
import { IntegerOverflowError, NotAnIntegerError } from '../errors.ts'
import { readTtl, touchDue } from '../lifetime.ts'
import { type Limits, tooLarge, tooManyFields } from '../limits.ts'
import {
  DEADLINE,
  type FlatFields,
  HANDOVER,
  LAST_ACCESSED_AT,
  readTimestamp,
  SESSION_TTL,
  SUCCESSOR,
} from '../record.ts'
import { show } from '../show.ts'
import { RedisClock } from './clock.ts'
import { Deadlines } from './deadline.ts'
import { storeFailure } from './failure.ts'
import type { SessionKeys } from './keys.ts'
import type { RedisPort, RedisReply } from './port.ts'
import * as sources from './scripts.gen.ts'
import { type Script, ScriptRunner, script } from './scripts.ts'

const scripts = {
  create: script(sources.create),
  read: script(sources.read),
  write: script(sources.write),
  increment: script(sources.increment),
  vitals: script(sources.vitals),
  end: script(sources.end),
  reserve: script(sources.reserve),
  seal: script(sources.seal),
  settle: script(sources.settle),
}

/** How long a rotation may take from its first step to its last. */
const RESERVATION_MS = 60_000

/** The refusals that lua/prelude.lua numbers. */
const TOO_MANY_FIELDS = -1
const TOO_LARGE = -2
const NOT_AN_INTEGER = -3
const OVERFLOW = -4

export interface RedisEngineOptions {
  readonly port: RedisPort
  readonly keys: SessionKeys
  readonly limits: Limits
  readonly touchInterval: number
  readonly commandTimeout: number
}

export class RedisEngine implements Engine {
  readonly #port: RedisPort
  readonly #keys: SessionKeys
  readonly #limits: Limits
  readonly #touchInterval: number
  readonly #scripts: ScriptRunner
  readonly #deadlines: Deadlines
  readonly #clock: RedisClock

  constructor({ port, keys, limits, touchInterval, commandTimeout }: RedisEngineOptions) {
    this.#port = port
    this.#keys = keys
    this.#limits = limits
    this.#touchInterval = touchInterval
    this.#scripts = new ScriptRunner(port)
    this.#deadlines = new Deadlines(commandTimeout)
    this.#clock = new RedisClock(port)
  }

  /** Asking would be a command of its own, so without a touch interval nobody asks. */
  now(): number | null {
    return this.#touchInterval > 0 ? this.#clock.now() : null
  }

  async create(name: string, { fields, ttl, absoluteTtl, authenticated }: NewSession): Promise<boolean> {
    const args = [String(ttl), absoluteTtl === null ? '' : String(absoluteTtl), flag(authenticated), ...fields]
    return (await this.#run(scripts.create, name, args)) === 1
  }

  async read(name: string, refresh: boolean): Promise<Reply<FlatFields>> {
    if (refresh && this.#touchInterval > 0) return this.#readUntouched(name)
    return session(await this.#run(scripts.read, name, [refresh ? '1' : '0']))
  }

  async write(name: string, { set, remove, ttl }: Changes): Promise<Reply<number>> {
    const { maxFields, maxSessionBytes } = this.#limits
    const newTtl = ttl === null ? '' : String(ttl)
    const args = [newTtl, String(maxFields), String(maxSessionBytes), String(remove.length), ...remove, ...set]
    return this.#accepted(session(await this.#run(scripts.write, name, args)))
  }

  async increment(name: string, field: string, amount: string): Promise<Reply<string>> {
    const { maxFields, maxSessionBytes } = this.#limits
    const args = [field, amount, String(maxFields), String(maxSessionBytes)]
    const reply = session<string | number>(await this.#run(scripts.increment, name, args))
    if (reply === NOT_AN_INTEGER) throw new NotAnIntegerError(`the field ${show(field)} does not hold a 64-bit integer`)
    if (reply === OVERFLOW) throw new IntegerOverflowError(`the field ${show(field)} would leave the 64-bit range`)
    return this.#accepted(reply) as Reply<string>
  }

  async vitals(name: string): Promise<Reply<Vitals>> {
    const reply = session<string[]>(await this.#run(scripts.vitals, name, []))
    if (reply === null || reply instanceof Moved) return reply
    const [createdAt, lastAccessedAt, configuredTtl, remaining] = reply as [string, string, string, string]
    return { createdAt, lastAccessedAt, configuredTtl: Number(configuredTtl), remaining: Number(remaining) }
  }

  async end(name: string): Promise<Reply<boolean>> {
    const reply = session<number>(await this.#run(scripts.end, name, []))
    return reply instanceof Moved ? reply : reply === 1
  }

  async reserve(name: string): Promise<boolean> {
    return (await this.#run(scripts.reserve, name, [String(RESERVATION_MS)])) === 1
  }

  async seal(name: string, { successor, grace, set, authenticated }: Seal): Promise<Reply<string>> {
    const { maxFields, maxSessionBytes } = this.#limits
    const args = [successor, String(grace), flag(authenticated), String(maxFields), String(maxSessionBytes), ...set]
    return this.#accepted(session<string | number>(await this.#run(scripts.seal, name, args))) as Reply<string>
  }

  async settle(name: string, handover: string): Promise<boolean> {
    return (await this.#run(scripts.settle, name, [handover])) === 1
  }

  async release(name: string): Promise<void> {
    const key = this.#keys.session(name)
    await this.#guarded(key, this.#port.command(key, ['HDEL', key, HANDOVER]))
  }

  async *names(): AsyncGenerator<string[]> {
    const batches = this.#port.scanHashes(this.#keys.pattern)[Symbol.asyncIterator]()
    for (;;) {
      const batch = await this.#guarded(null, batches.next())
      if (batch.done === true) return
      yield batch.value.map((key) => this.#keys.nameOf(key))
    }
  }

  /** A plain HGETALL while the last touch is recent; the refreshing read when it is not, or when in doubt. */
  async #readUntouched(name: string): Promise<Reply<FlatFields>> {
    const now = this.#clock.now()
    if (now === null) return this.#readRefreshed(name)
    const key = this.#keys.session(name)
    const reply = await this.#guarded(key, this.#port.command(key, ['HGETALL', key]).catch(absentIfWrongType))
    const flat = reply as FlatFields
    if (flat.length === 0) return null
    return recentlyTouched(flat, now, this.#touchInterval) ? flat : this.#readRefreshed(name)
  }

  async #readRefreshed(name: string): Promise<Reply<FlatFields>> {
    return session(await this.#run(scripts.read, name, ['1']))
  }

  #run(script: Script, name: string, args: string[]): Promise<RedisReply> {
    const key = this.#keys.session(name)
    return this.#guarded(key, this.#scripts.run(script, key, args))
  }

  async #guarded<T>(key: string | null, outcome: Promise<T>): Promise<T> {
    try {
      return await this.#deadlines.guard(outcome)
    } catch (error) {
      throw storeFailure(error, key)
    }
  }

  #accepted<T>(reply: Reply<T>): Reply<T> {
    if (reply === TOO_MANY_FIELDS) throw tooManyFields(this.#limits)
    if (reply === TOO_LARGE) throw tooLarge(this.#limits)
    return reply
  }
}

function flag(value: boolean): string {
  return value ? '1' : ''
}

/** A list of two is where a rotated session went; sessions and vitals are longer. */
function session<T extends RedisReply>(reply: RedisReply): Reply<T> {
  if (Array.isArray(reply) && reply.length === 2) return new Moved(reply[0] as string, reply[1] as string)
  return reply as T | null
}

function recentlyTouched(flat: FlatFields, now: number, touchInterval: number): boolean {
  let touchedAt = Number.NaN
  let ttl = 0
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const field = flat[i]
    const value = flat[i + 1] as string
    if (field === LAST_ACCESSED_AT) touchedAt = readTimestamp(value).getTime()
    else if (field === SESSION_TTL) ttl = readTtl(value) ?? 0
    else if (field === SUCCESSOR || (field === DEADLINE && now >= Number(value))) return false
  }
  return !touchDue(now, touchedAt, ttl, touchInterval)
}

function absentIfWrongType(error: unknown): RedisReply {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return []
  throw error
}
