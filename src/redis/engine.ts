/** The steps on a session's key on Redis: one script each. */
import {
  type Announcement,
  type Changes,
  CONFLICT,
  type Conflict,
  type Engine,
  type Holding,
  Moved,
  type NewSession,
  type Reply,
  type Reservation,
  type Seal,
  type Seen,
  type Vitals,
} from '../engine.ts'
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
import type { RedisCalls } from './calls.ts'
import type { RedisClock } from './clock.ts'
import {
  expected,
  isCount,
  isFlag,
  isHolding,
  isInteger,
  isOne,
  isPairs,
  isText,
  isVitals,
  isWhereTo,
  orNull,
  parsed,
  unexpected,
} from './expected.ts'
import type { SessionKeys } from './keys.ts'
import type { RedisReply } from './port.ts'
import { present } from './present.ts'
import * as sources from './scripts.gen.ts'
import { query, type Script, script } from './scripts.ts'

const scripts = {
  create: script(sources.create),
  read: query(sources.read),
  write: script(sources.write),
  increment: script(sources.increment),
  vitals: query(sources.vitals),
  end: script(sources.end),
  reserve: script(sources.reserve),
  seal: script(sources.seal),
  settle: script(sources.settle),
  announce: script(sources.announce),
  inspect: query(sources.inspect),
}

/** How long a creation or rotation may take from its first step to its last. */
const RESERVATION_MS = 60_000

/** The refusals that lua/prelude.lua numbers. */
const TOO_MANY_FIELDS = -1
const TOO_LARGE = -2
const NOT_AN_INTEGER = -3
const OVERFLOW = -4
const CONFLICTING = -5

export interface RedisEngineOptions {
  readonly calls: RedisCalls
  readonly clock: RedisClock
  readonly keys: SessionKeys
  readonly limits: Limits
  readonly touchInterval: number
  /** Told of each session that a step has changed, or may have. */
  readonly onChange?: ((name: string) => void) | undefined
}

export class RedisEngine implements Engine {
  onCapped: ((name: string) => void) | null = null
  readonly #calls: RedisCalls
  readonly #clock: RedisClock
  readonly #keys: SessionKeys
  readonly #limits: Limits
  /** The same as a script gets them: most fields, most bytes. */
  readonly #sizes: readonly string[]
  readonly #touchInterval: number
  readonly #onChange: ((name: string) => void) | undefined

  constructor({ calls, clock, keys, limits, touchInterval, onChange }: RedisEngineOptions) {
    this.#calls = calls
    this.#clock = clock
    this.#keys = keys
    this.#limits = limits
    this.#sizes = [String(limits.maxFields), String(limits.maxSessionBytes)]
    this.#touchInterval = touchInterval
    this.#onChange = onChange
  }

  /** Asking would be a command of its own, so without a touch interval nobody asks. */
  now(): number | null {
    return this.#touchInterval > 0 ? this.#clock.now() : null
  }

  async create(name: string, session: NewSession): Promise<boolean> {
    const { fields, ttl, absoluteTtl, authenticated, heldUntil } = session
    const args = [...present(), String(ttl), text(absoluteTtl), flag(authenticated), text(heldUntil), ...fields]
    return expected(isFlag, await this.#run(scripts.create, name, args)) === 1
  }

  read(name: string, refresh: boolean): Promise<Reply<FlatFields>> {
    return refresh && this.#touchInterval > 0 ? this.#readUntouched(name) : this.#readByScript(name, refresh)
  }

  async write(name: string, changes: Changes): Promise<Reply<number>>
  async write(name: string, changes: Changes, seen: Seen): Promise<Reply<number> | Conflict>
  async write(
    name: string,
    { set, remove, ttl }: Changes,
    seen: Seen | null = null,
  ): Promise<Reply<number> | Conflict> {
    const args = [...present(), text(ttl), ...this.#sizes, json(seen), String(remove.length), ...remove, ...set]
    return this.#accepted(isCount, this.#written(name, await this.#change(scripts.write, name, args)), seen)
  }

  async increment(name: string, field: string, amount: string): Promise<Reply<string>>
  async increment(name: string, field: string, amount: string, seen: Seen): Promise<Reply<string> | Conflict>
  async increment(
    name: string,
    field: string,
    amount: string,
    seen: Seen | null = null,
  ): Promise<Reply<string> | Conflict> {
    const args = [...present(), ...this.#sizes, json(seen), field, amount]
    const value = this.#written(name, await this.#change(scripts.increment, name, args))
    if (value === NOT_AN_INTEGER) throw new NotAnIntegerError(`the field ${show(field)} does not hold a 64-bit integer`)
    if (value === OVERFLOW) throw new IntegerOverflowError(`the field ${show(field)} would leave the 64-bit range`)
    return this.#accepted(isInteger, value, seen)
  }

  async vitals(name: string): Promise<Reply<Vitals>> {
    const vitals = reply(isVitals, await this.#run(scripts.vitals, name, []))
    if (vitals === null || vitals instanceof Moved) return vitals
    const [createdAt, lastAccessedAt, configuredTtl, remaining] = vitals as [string, string, string, string]
    return { createdAt, lastAccessedAt, configuredTtl: Number(configuredTtl), remaining: Number(remaining) }
  }

  async end(name: string): Promise<Reply<readonly string[]>>
  async end(name: string, seen: Seen): Promise<Reply<readonly string[]> | Conflict>
  async end(name: string, seen: Seen | null = null): Promise<Reply<readonly string[]> | Conflict> {
    const answer = await this.#change(scripts.end, name, [json(seen)])
    if (answer === 0) return null
    const ended = this.#accepted(isText, answer, seen)
    return typeof ended === 'string' ? parsed(ended) : ended
  }

  async reserve(name: string, { entries, predecessor }: Reservation): Promise<number | null> {
    const args = [String(RESERVATION_MS), entries.length > 0 ? JSON.stringify(entries) : '', predecessor ?? '']
    return expected(isCount, await this.#run(scripts.reserve, name, args)) || null
  }

  async seal(name: string, seal: Seal, seen: Seen | null): Promise<Reply<string> | Conflict> {
    const { successor, grace, set, authenticated, indexed } = seal
    const entries = indexed === null ? ['', ''] : [JSON.stringify(indexed.entries), String(indexed.until)]
    const args = [
      ...present(),
      successor,
      String(grace),
      flag(authenticated),
      ...this.#sizes,
      json(seen),
      ...entries,
      ...set,
    ]
    return this.#accepted(isText, await this.#change(scripts.seal, name, args), seen)
  }

  async settle(name: string, handover: string): Promise<boolean> {
    return expected(isFlag, await this.#change(scripts.settle, name, [...present(), handover])) === 1
  }

  async release(name: string): Promise<void> {
    await this.#calls.change('HDEL', this.#keys.session(name), HANDOVER)
  }

  async announce(name: string, announcement: Announcement, seen: Seen | null): Promise<Reply<true> | Conflict> {
    const { add, remove, until } = announcement
    const args = [JSON.stringify(add), JSON.stringify(remove), text(until), json(seen)]
    const announced = this.#accepted(isOne, await this.#change(scripts.announce, name, args), seen)
    return announced === 1 ? true : announced
  }

  async inspect(name: string): Promise<Holding | null> {
    const holding = expected(orNull(isHolding), await this.#run(scripts.inspect, name, []))
    return holding && { fields: holding.slice(2), remaining: Number(holding[0]), now: Number(holding[1]) }
  }

  async *names(): AsyncGenerator<string[]> {
    for await (const keys of this.#calls.scanHashes(this.#keys.pattern)) yield keys.map((key) => this.#keys.nameOf(key))
  }

  /** A plain HGETALL while the last touch is recent; the refreshing read when it is not, or when in doubt. */
  async #readUntouched(name: string): Promise<Reply<FlatFields>> {
    const now = this.#clock.now()
    if (now === null) return this.#readByScript(name, true)
    const answer = await this.#calls.query('HGETALL', this.#keys.session(name)).catch(emptyIfWrongType)
    const flat = expected(isPairs, answer)
    if (flat.length === 0) return null
    return recentlyTouched(flat, now, this.#touchInterval) ? flat : this.#readByScript(name, true)
  }

  async #readByScript(name: string, refresh: boolean): Promise<Reply<FlatFields>> {
    const answer = await this.#run(scripts.read, name, [...present(), refresh ? '1' : '0'])
    return readReply(answer, this.#keys.session(name))
  }

  #run(script: Script, name: string, args: string[]): Promise<RedisReply> {
    return this.#calls.run(script, this.#keys.session(name), args)
  }

  /** What was known of the session may be out of date from then on, whatever the outcome. */
  #change(script: Script, name: string, args: string[]): Promise<RedisReply> {
    const reply = this.#run(script, name, args)
    return this.#onChange === undefined ? reply : reply.finally(() => this.#onChange?.(name))
  }

  /** What a write replied, without the note that the session is capped. */
  #written(name: string, answer: RedisReply): RedisReply {
    if (!Array.isArray(answer) || answer[1] !== 'capped' || answer.length !== 3) return answer
    this.onCapped?.(name)
    return answer[0] as RedisReply
  }

  #accepted<T extends RedisReply>(
    is: (answer: RedisReply) => answer is T,
    answer: RedisReply,
    seen: Seen | null,
  ): Reply<T> | Conflict {
    if (answer === TOO_MANY_FIELDS) throw tooManyFields(this.#limits)
    if (answer === TOO_LARGE) throw tooLarge(this.#limits)
    // Who has not said what was seen cannot have seen otherwise.
    return answer === CONFLICTING && seen !== null ? CONFLICT : reply(is, answer)
  }
}

function flag(value: boolean): string {
  return value ? '1' : ''
}

function text(value: number | null): string {
  return value === null ? '' : String(value)
}

function json(seen: Seen | null): string {
  return seen === null ? '' : JSON.stringify(seen)
}

/** What read.lua says of a key. */
export function readReply(answer: RedisReply, key: string): Reply<FlatFields> {
  return typeof answer === 'string' ? fieldsOf(answer, key) : reply(isNeither, answer)
}

/**
 * The fields that a script says a key has, which it names last. A connection that is out of step gives the answers to other
 * questions, and with them other visitors' sessions (CVE-2023-28858).
 *
 * @throws {StoreUnavailableError} when this is the answer to another question
 */
export function fieldsOf(json: string, key: string): FlatFields {
  const flat = parsed(json)
  if (flat.pop() !== key || flat.length % 2 !== 0) throw unexpected()
  return flat
}

/** A list of two is where a rotated session went; sessions and vitals are longer. */
function reply<T extends RedisReply>(is: (answer: RedisReply) => answer is T, answer: RedisReply): Reply<T> {
  if (answer === null || is(answer)) return answer
  const [successor, handover] = expected(isWhereTo, answer)
  return new Moved(successor, handover)
}

function isNeither(_answer: RedisReply): _answer is never {
  return false
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

function emptyIfWrongType(error: unknown): RedisReply {
  if (error instanceof Error && /\bWRONGTYPE\b/.test(error.message)) return []
  throw error
}
