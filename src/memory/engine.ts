/**
 * The atomic steps in this process's memory, for development, tests and single-process use. The same states and the
 * same hash layout as on Redis, so that what is said of one engine holds for the other. A step has no `await` in it:
 * that is what makes it atomic.
 */
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
import { MAX_INT64, MIN_INT64, readInt64 } from '../integer.ts'
import { expiryAt, formatTimestamp, type Lifetime, readTtl, touchDue } from '../lifetime.ts'
import { checkSize, type Limits } from '../limits.ts'
import {
  AUTHENTICATED_AT,
  CREATED_AT,
  DEADLINE,
  DEPARTURES,
  FIXED,
  type FlatFields,
  HANDOVER,
  INDEXED,
  INDEXED_UNTIL,
  isReserved,
  LAST_ACCESSED_AT,
  PENDING,
  readTimestamp,
  SESSION_TTL,
  SUCCESSOR,
} from '../record.ts'
import { show } from '../show.ts'
import { ExpiringMap } from './expiring-map.ts'

type Fields = Map<string, string>

interface IndexedLifetime extends Lifetime {
  readonly indexedUntil: number | null
}

interface Live extends IndexedLifetime {
  readonly fields: Fields
}

const RESERVATION_MS = 60_000
const BATCH = 250

export interface MemoryEngineOptions {
  readonly limits: Limits
  readonly touchInterval: number
  readonly now: () => number
}

export class MemoryEngine implements Engine {
  onCapped: ((name: string) => void) | null = null
  readonly #keys: ExpiringMap<Fields>
  readonly #limits: Limits
  readonly #touchInterval: number
  readonly #now: () => number

  constructor({ limits, touchInterval, now }: MemoryEngineOptions) {
    this.#keys = new ExpiringMap(now)
    this.#limits = limits
    this.#touchInterval = touchInterval
    this.#now = now
  }

  now(): number {
    return this.#now()
  }

  async create(name: string, session: NewSession): Promise<boolean> {
    const { fields, ttl, absoluteTtl, authenticated, heldUntil } = session
    const held = this.#keys.get(name)
    if (heldUntil === null ? held !== undefined : !held?.has(PENDING)) return false
    const now = this.#now()
    const at = formatTimestamp(now)
    const created: Fields = new Map(pairs(fields))
    for (const [field, value] of [
      [SESSION_TTL, String(ttl)],
      [CREATED_AT, at],
      [LAST_ACCESSED_AT, at],
    ] as const) {
      created.set(field, value)
    }
    if (absoluteTtl !== null) created.set(DEADLINE, String(now + absoluteTtl * 1000))
    if (authenticated) created.set(AUTHENTICATED_AT, at)
    const indexed = held?.get(INDEXED)
    if (indexed !== undefined) created.set(INDEXED, indexed).set(INDEXED_UNTIL, String(heldUntil))
    const deadline = readNumber(created.get(DEADLINE))
    this.#keys.set(name, created, expiresAt({ ttl, deadline, indexedUntil: heldUntil }, now))
    return true
  }

  async read(name: string, refresh: boolean): Promise<Reply<FlatFields>> {
    const found = this.#find(name)
    if (found === null || found instanceof Moved) return found
    if (refresh && this.#isDue(found)) this.#refresh(name, found)
    return [...found.fields].flat()
  }

  async write(name: string, changes: Changes): Promise<Reply<number>>
  async write(name: string, changes: Changes, seen: Seen): Promise<Reply<number> | Conflict>
  async write(name: string, { set, remove, ttl }: Changes, seen?: Seen): Promise<Reply<number> | Conflict> {
    const found = this.#find(name)
    if (found === null || found instanceof Moved) return found
    if (conflicts(found.fields, seen)) return CONFLICT
    const keepsEnd = ttl === null && found.fields.has(FIXED) && set.length + remove.length > 0
    if (grows(found.fields, set)) this.#checkSize(new Map([...without(found.fields, remove), ...pairs(set)]))
    const removed = remove.filter((field) => found.fields.delete(field)).length
    for (const [field, value] of pairs(set)) found.fields.set(field, value)
    if (ttl !== null) found.fields.set(SESSION_TTL, String(ttl))
    if (keepsEnd) this.#access(found)
    else this.#rewritten(name, { ...found, ttl: ttl ?? found.ttl })
    return removed
  }

  async increment(name: string, field: string, amount: string): Promise<Reply<string>>
  async increment(name: string, field: string, amount: string, seen: Seen): Promise<Reply<string> | Conflict>
  async increment(name: string, field: string, amount: string, seen?: Seen): Promise<Reply<string> | Conflict> {
    const found = this.#find(name)
    if (found === null || found instanceof Moved) return found
    if (conflicts(found.fields, seen)) return CONFLICT
    const stored = readInt64(found.fields.get(field) ?? '0')
    if (stored === null) throw new NotAnIntegerError(`the field ${show(field)} does not hold a 64-bit integer`)
    const sum = stored + BigInt(amount)
    if (sum < MIN_INT64 || sum > MAX_INT64) {
      throw new IntegerOverflowError(`the field ${show(field)} would leave the 64-bit range`)
    }
    if (!found.fields.has(field)) this.#checkSize(new Map(found.fields).set(field, amount))
    found.fields.set(field, sum.toString())
    if (found.fields.has(FIXED)) this.#access(found)
    else this.#rewritten(name, found)
    return sum.toString()
  }

  async vitals(name: string): Promise<Reply<Vitals>> {
    const found = this.#find(name)
    if (found === null || found instanceof Moved) return found
    return {
      createdAt: found.fields.get(CREATED_AT) as string,
      lastAccessedAt: found.fields.get(LAST_ACCESSED_AT) as string,
      configuredTtl: found.ttl,
      remaining: this.#keys.expiryOf(name) - this.#now(),
    }
  }

  async end(name: string): Promise<Reply<readonly string[]>>
  async end(name: string, seen: Seen): Promise<Reply<readonly string[]> | Conflict>
  async end(name: string, seen?: Seen): Promise<Reply<readonly string[]> | Conflict> {
    const found = this.#find(name)
    if (found instanceof Moved) return found
    if (found !== null && conflicts(found.fields, seen)) return CONFLICT
    this.#keys.delete(name)
    return found && announcedIn(found.fields)
  }

  async reserve(name: string, { entries, predecessor }: Reservation): Promise<number | null> {
    if (this.#keys.get(name) !== undefined) return null
    const held: Fields = new Map([[PENDING, predecessor ?? '']])
    if (entries.length > 0) held.set(INDEXED, JSON.stringify(entries))
    const now = this.#now()
    this.#keys.set(name, held, now + RESERVATION_MS)
    return now
  }

  async seal(name: string, seal: Seal, seen: Seen | null): Promise<Reply<string> | Conflict> {
    const { successor, grace, set, authenticated, indexed } = seal
    const found = this.#find(name)
    if (found === null || found instanceof Moved) return found
    if (conflicts(found.fields, seen)) return CONFLICT
    const final: Fields = new Map([...found.fields, ...pairs(set)])
    if (set.length > 0) this.#checkSize(final)
    const at = formatTimestamp(this.#now())
    final.set(LAST_ACCESSED_AT, at)
    if (authenticated) final.set(AUTHENTICATED_AT, at)
    if (indexed !== null) final.set(INDEXED, JSON.stringify(indexed.entries)).set(INDEXED_UNTIL, String(indexed.until))
    const handover = JSON.stringify([...final].flat())

    this.#keys.delete(name)
    if (grace > 0) {
      const pointer: Fields = new Map([
        [SUCCESSOR, successor],
        [HANDOVER, handover],
      ])
      this.#keys.set(name, pointer, expiresAt({ ...found, ttl: Math.min(grace, found.ttl) }, this.#now()))
    }
    return handover
  }

  async settle(name: string, handover: string): Promise<boolean> {
    if (this.#keys.get(name)?.has(PENDING)) {
      this.#keys.set(name, new Map(pairs(JSON.parse(handover))), this.#keys.expiryOf(name))
      const found = this.#find(name)
      if (found !== null && !(found instanceof Moved)) this.#refresh(name, found)
    }
    const settled = this.#find(name)
    return settled !== null
  }

  async release(name: string): Promise<void> {
    this.#keys.get(name)?.delete(HANDOVER)
  }

  async announce(
    name: string,
    { add, remove, until }: Announcement,
    seen: Seen | null,
  ): Promise<Reply<true> | Conflict> {
    const found = this.#find(name)
    if (found === null || found instanceof Moved) return found
    if (conflicts(found.fields, seen)) return CONFLICT
    const announced = new Set([...announcedIn(found.fields), ...add])
    const departed = remove.filter((entry) => announced.delete(entry)).length > 0
    if (until !== null && (found.indexedUntil ?? 0) < until) {
      // What no entry has kept from living as long as its TTL says has nothing to make up for.
      const isFree = found.indexedUntil === null && this.#keys.expiryOf(name) < until
      found.fields.set(INDEXED_UNTIL, String(until))
      if (!isFree) this.#expire(name, { ...found, indexedUntil: until })
    }
    if (departed) found.fields.set(DEPARTURES, String(Number(found.fields.get(DEPARTURES) ?? 0) + 1))
    if (announced.size > 0) found.fields.set(INDEXED, JSON.stringify([...announced]))
    else found.fields.delete(INDEXED)
    return true
  }

  async inspect(name: string): Promise<Holding | null> {
    const fields = this.#keys.get(name)
    const now = this.#now()
    return fields === undefined ? null : { fields: [...fields].flat(), remaining: this.#keys.expiryOf(name) - now, now }
  }

  async *names(): AsyncGenerator<string[]> {
    let batch: string[] = []
    for (const name of this.#keys.names()) {
      batch.push(name)
      if (batch.length < BATCH) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
  }

  #find(name: string): Live | Moved | null {
    const fields = this.#keys.get(name)
    if (fields === undefined) return null
    const successor = fields.get(SUCCESSOR)
    if (successor !== undefined) return new Moved(successor, fields.get(HANDOVER) ?? '')
    const ttl = readTtl(fields.get(SESSION_TTL))
    if (ttl === null) return null
    const deadline = fields.get(DEADLINE)
    const indexedUntil = fields.get(INDEXED_UNTIL)
    return { fields, ttl, deadline: readNumber(deadline), indexedUntil: readNumber(indexedUntil) }
  }

  #isDue({ fields, ttl }: Live): boolean {
    const touchedAt = readTimestamp(fields.get(LAST_ACCESSED_AT) as string).getTime()
    return touchDue(this.#now(), touchedAt, ttl, this.#touchInterval)
  }

  #refresh(name: string, live: Live): void {
    this.#access(live)
    this.#expire(name, live)
  }

  #access({ fields }: Live): void {
    fields.set(LAST_ACCESSED_AT, formatTimestamp(this.#now()))
  }

  #rewritten(name: string, live: Live): void {
    this.#refresh(name, live)
    const now = this.#now()
    if (expiresAt(live, now) < expiryAt(now, live)) this.onCapped?.(name)
  }

  #expire(name: string, live: Live): void {
    this.#keys.expireAt(name, expiresAt(live, this.#now()))
  }

  #checkSize(fields: Fields): void {
    let count = 0
    let bytes = 0
    for (const [field, value] of fields) {
      if (isReserved(field)) continue
      count += 1
      bytes += Buffer.byteLength(field) + Buffer.byteLength(value)
    }
    checkSize(count, bytes, this.#limits)
  }
}

/** A session never outlives its absolute deadline, nor the entries that its indexes hold of it. */
function expiresAt(lifetime: IndexedLifetime, now: number): number {
  return Math.min(expiryAt(now, lifetime), lifetime.indexedUntil ?? Number.POSITIVE_INFINITY)
}

/** Whether a field would be new, or longer than it was. */
function grows(fields: Fields, set: FlatFields): boolean {
  for (const [field, value] of pairs(set)) {
    const was = fields.get(field)
    if (was === undefined || Buffer.byteLength(was) < Buffer.byteLength(value)) return true
  }
  return false
}

function without(fields: Fields, names: readonly string[]): Fields {
  const rest = new Map(fields)
  for (const name of names) rest.delete(name)
  return rest
}

function* pairs(flat: FlatFields): Generator<[string, string]> {
  for (let i = 0; i + 1 < flat.length; i += 2) yield [flat[i] as string, flat[i + 1] as string]
}

function readNumber(stored: string | undefined): number | null {
  return stored === undefined ? null : Number(stored)
}

function announcedIn(fields: Fields): string[] {
  return JSON.parse(fields.get(INDEXED) ?? '[]')
}

/** Whether the session is not what its writer saw. */
function conflicts(fields: Fields, seen: Seen | null | undefined): boolean {
  if (seen === null || seen === undefined) return false
  if (seen.fields.some(([field, value]) => (fields.get(field) ?? null) !== value)) return true
  if (seen.size !== null && [...fields.keys()].filter((field) => !isReserved(field)).length !== seen.size) return true
  return seen.within !== null && announcedIn(fields).some((entry) => !seen.within?.includes(entry))
}
