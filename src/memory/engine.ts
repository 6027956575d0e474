/**
 * The atomic steps in this process's memory, for development, tests and single-process use. The same states and the
 * same hash layout as on Redis, so that what is said of one engine holds for the other. A step has no `await` in it:
 * that is what makes it atomic.
 */
import { type Changes, type Engine, Moved, type NewSession, type Reply, type Seal, type Vitals } from '../engine.ts'
import { IntegerOverflowError, NotAnIntegerError } from '../errors.ts'
import { MAX_INT64, MIN_INT64, readInt64 } from '../integer.ts'
import { expiryAt, formatTimestamp, type Lifetime, readTtl, touchDue } from '../lifetime.ts'
import { checkSize, type Limits } from '../limits.ts'
import {
  AUTHENTICATED_AT,
  CREATED_AT,
  DEADLINE,
  type FlatFields,
  HANDOVER,
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

interface Live extends Lifetime {
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

  async create(name: string, { fields, ttl, absoluteTtl, authenticated }: NewSession): Promise<boolean> {
    if (this.#keys.get(name) !== undefined) return false
    const now = this.#now()
    const deadline = absoluteTtl === null ? null : now + absoluteTtl * 1000
    const at = formatTimestamp(now)
    const created: Fields = new Map([
      ...pairs(fields),
      [SESSION_TTL, String(ttl)],
      [CREATED_AT, at],
      [LAST_ACCESSED_AT, at],
    ])
    if (deadline !== null) created.set(DEADLINE, String(deadline))
    if (authenticated) created.set(AUTHENTICATED_AT, at)
    this.#keys.set(name, created, expiryAt(now, { ttl, deadline }))
    return true
  }

  async read(name: string, refresh: boolean): Promise<Reply<FlatFields>> {
    const found = this.#find(name)
    if (found === null || found instanceof Moved) return found
    if (refresh && this.#isDue(found)) this.#refresh(name, found)
    return [...found.fields].flat()
  }

  async write(name: string, { set, remove, ttl }: Changes): Promise<Reply<number>> {
    const found = this.#find(name)
    if (found === null || found instanceof Moved) return found
    if (set.length > 0) this.#checkSize(new Map([...without(found.fields, remove), ...pairs(set)]))
    const removed = remove.filter((field) => found.fields.delete(field)).length
    for (const [field, value] of pairs(set)) found.fields.set(field, value)
    if (ttl !== null) found.fields.set(SESSION_TTL, String(ttl))
    this.#refresh(name, { ...found, ttl: ttl ?? found.ttl })
    return removed
  }

  async increment(name: string, field: string, amount: string): Promise<Reply<string>> {
    const found = this.#find(name)
    if (found === null || found instanceof Moved) return found
    const stored = readInt64(found.fields.get(field) ?? '0')
    if (stored === null) throw new NotAnIntegerError(`the field ${show(field)} does not hold a 64-bit integer`)
    const sum = stored + BigInt(amount)
    if (sum < MIN_INT64 || sum > MAX_INT64) {
      throw new IntegerOverflowError(`the field ${show(field)} would leave the 64-bit range`)
    }
    if (!found.fields.has(field)) this.#checkSize(new Map(found.fields).set(field, amount))
    found.fields.set(field, sum.toString())
    this.#refresh(name, found)
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

  async end(name: string): Promise<Reply<boolean>> {
    const found = this.#find(name)
    if (found instanceof Moved) return found
    this.#keys.delete(name)
    return found !== null
  }

  async reserve(name: string): Promise<boolean> {
    if (this.#keys.get(name) !== undefined) return false
    this.#keys.set(name, new Map([[PENDING, '1']]), this.#now() + RESERVATION_MS)
    return true
  }

  async seal(name: string, { successor, grace, set, authenticated }: Seal): Promise<Reply<string>> {
    const found = this.#find(name)
    if (found === null || found instanceof Moved) return found
    const now = this.#now()
    const final: Fields = new Map([...found.fields, ...pairs(set)])
    if (set.length > 0) this.#checkSize(final)
    final.set(LAST_ACCESSED_AT, formatTimestamp(now))
    if (authenticated) final.set(AUTHENTICATED_AT, formatTimestamp(now))
    const handover = JSON.stringify([...final].flat())

    this.#keys.delete(name)
    if (grace > 0) {
      const pointer: Fields = new Map([
        [SUCCESSOR, successor],
        [HANDOVER, handover],
      ])
      this.#keys.set(name, pointer, expiryAt(now, { ttl: Math.min(grace, found.ttl), deadline: found.deadline }))
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
    return settled !== null && !(settled instanceof Moved)
  }

  async release(name: string): Promise<void> {
    this.#keys.get(name)?.delete(HANDOVER)
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
    return { fields, ttl, deadline: deadline === undefined ? null : Number(deadline) }
  }

  #isDue({ fields, ttl }: Live): boolean {
    const touchedAt = readTimestamp(fields.get(LAST_ACCESSED_AT) as string).getTime()
    return touchDue(this.#now(), touchedAt, ttl, this.#touchInterval)
  }

  #refresh(name: string, { fields, ttl, deadline }: Live): void {
    const now = this.#now()
    fields.set(LAST_ACCESSED_AT, formatTimestamp(now))
    this.#keys.expireAt(name, expiryAt(now, { ttl, deadline }))
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

function without(fields: Fields, names: readonly string[]): Fields {
  const rest = new Map(fields)
  for (const name of names) rest.delete(name)
  return rest
}

function* pairs(flat: FlatFields): Generator<[string, string]> {
  for (let i = 0; i + 1 < flat.length; i += 2) yield [flat[i] as string, flat[i + 1] as string]
}
