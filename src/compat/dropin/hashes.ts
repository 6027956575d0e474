/** Sessions in hashes: the data model that the store, the CLI and other languages share. */
import { type Changes, CONFLICT, type Engine, Moved, type Reply } from '../../engine.ts'
import { readTtl } from '../../lifetime.ts'
import { checkEntries, type Limits } from '../../limits.ts'
import { FIXED, type FlatFields, SESSION_TTL } from '../../record.ts'
import { follow, type NameOf } from '../../rotation.ts'
import type { Outcome, Place, Stored } from './known.ts'
import { type Difference, difference, fieldOf, type Properties, propertyOf } from './properties.ts'
import type { Expiry, Term } from './term.ts'

export interface HashesOptions {
  readonly engine: Engine
  /** Reads like the engine, and refreshes a session that does not end with its cookie. */
  readonly load: (name: string) => Promise<Reply<FlatFields>>
  readonly nameOf: NameOf
  readonly limits: Limits
  readonly expiry: Expiry
  /** A clock in milliseconds, for how long ago something was. */
  readonly now: () => number
}

export class Hashes implements Place {
  readonly #options: HashesOptions

  constructor(options: HashesOptions) {
    this.#options = options
  }

  /** A use of the session: begins its TTL again, unless it ends with its cookie. `null` when absent. */
  async read(id: string): Promise<Stored | null> {
    const flat = await this.#follow(id, this.#options.load)
    return flat && this.#stored(flat, true)
  }

  /** The same without a new TTL. */
  async peek(id: string): Promise<Stored | null> {
    const flat = await this.#follow(id, (name) => this.#options.engine.read(name, false))
    return flat && this.#stored(flat, false)
  }

  create(id: string, properties: Properties, { ttl, fixed }: Term): Promise<boolean> {
    const fields = this.#flat(properties)
    if (fixed) fields.push(FIXED, '1')
    const session = { fields, ttl, absoluteTtl: null, authenticated: false, heldUntil: null }
    return this.#options.engine.create(this.#options.nameOf(id), session)
  }

  async update(id: string, stored: Stored, properties: Properties, { ttl, fixed }: Term): Promise<Outcome> {
    const { engine, expiry, now } = this.#options
    const isSameTerm = stored.ttl === ttl && stored.fixed === fixed
    const keepsEnd = isSameTerm && fixed && hasHardlyMoved(expiry, stored, properties)
    const changes = difference(stored.properties, properties, keepsEnd ? expiry.property : null)
    if (isSameTerm && isAsGood(stored, changes, now())) return 'spared'
    // Without a TTL a session that ends with its cookie stays with its end, and any other begins its time again.
    const written = { ...this.#fieldsOf(changes), ttl: keepsEnd || (isSameTerm && !fixed) ? null : ttl }
    if (fixed && stored.fixed !== true) written.set.push(FIXED, '1')
    if (!fixed && stored.fixed !== false) written.remove.push(FIXED)

    const movesEnd = !isSameTerm || changes.set.some(([property]) => property === expiry.property)
    if (movesEnd && expiry.hasOnlyMoved(stored.properties, properties)) {
      return this.#move(id, stored, properties, changes, written)
    }
    const removed = await this.#follow(id, (name) => engine.write(name, written))
    if (removed === null) return 'gone'
    return keepsEnd ? 'unmoved' : 'saved'
  }

  /**
   * Moves the end, unless another request has moved it as far meanwhile, or has asked for another time: that one may know
   * better. The rest is saved anyway.
   */
  async #move(
    id: string,
    stored: Stored,
    properties: Properties,
    changes: Difference,
    written: Changes,
  ): Promise<Outcome> {
    const { engine, expiry } = this.#options
    const end = [fieldOf(expiry.property), stored.properties.get(expiry.property) ?? null] as const
    const seen = { fields: [end], size: null, within: null }
    const reply = await this.#follow(id, (name) => engine.write(name, written, seen))
    if (reply !== CONFLICT) return reply === null ? 'gone' : 'saved'
    const current = await this.peek(id)
    if (current === null) return 'gone'
    if (movesFurther(expiry, current, properties)) return this.#move(id, current, properties, changes, written)
    const set = changes.set.filter(([property]) => property !== expiry.property)
    if (set.length + changes.remove.length === 0) return 'kept'
    const rest = { ...this.#fieldsOf({ set, remove: changes.remove }), ttl: null }
    return (await this.#follow(id, (name) => engine.write(name, rest))) === null ? 'gone' : 'kept'
  }

  touch(id: string, stored: Stored, properties: Properties, term: Term): Promise<Outcome> {
    return this.update(id, stored, properties, term)
  }

  /** Adds to a property; `null` when the session is absent. */
  increment(id: string, property: string, amount: string): Promise<string | null> {
    return this.#follow(id, (name) => this.#options.engine.increment(name, fieldOf(property), amount))
  }

  async end(id: string): Promise<void> {
    await this.#follow(id, (name) => this.#options.engine.end(name))
  }

  /** Ends what lives under the name. */
  async endNamed(name: string): Promise<void> {
    await this.#options.engine.end(name)
  }

  /** The names of live sessions, each once. */
  async *names(): AsyncGenerator<string> {
    for await (const [name] of this.#each((name) => this.#options.engine.vitals(name))) yield name
  }

  /** Live sessions by name, each once. */
  async *entries(): AsyncGenerator<[string, Stored]> {
    for await (const [name, flat] of this.#each((name) => this.#options.engine.read(name, false))) {
      yield [name, this.#stored(flat, false)]
    }
  }

  async *#each<T>(ask: (name: string) => Promise<Reply<T>>): AsyncGenerator<[string, T]> {
    const seen = new Set<string>()
    for await (const batch of this.#options.engine.names()) {
      const names = [...new Set(batch)].filter((name) => !seen.has(name))
      const replies = await Promise.all(names.map(ask))
      for (const [i, name] of names.entries()) {
        seen.add(name)
        const reply = replies[i] as Reply<T>
        if (reply !== null && !(reply instanceof Moved)) yield [name, reply]
      }
    }
  }

  #fieldsOf({ set, remove }: Difference): { set: FlatFields; remove: string[] } {
    return { set: this.#flat(set), remove: remove.map(fieldOf) }
  }

  #flat(properties: Iterable<readonly [string, string]>): FlatFields {
    const fields: [string, string][] = []
    for (const [property, json] of properties) fields.push([fieldOf(property), json])
    return checkEntries(fields, this.#options.limits)
  }

  #follow<T>(id: string, step: (name: string) => Promise<Reply<T>>): Promise<T | null> {
    return follow(this.#options, id, (current) => step(this.#options.nameOf(current)))
  }

  #stored(flat: FlatFields, refreshed: boolean): Stored {
    const properties = new Map<string, string>()
    let ttl: number | null = null
    let fixed = false
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const field = flat[i] as string
      const value = flat[i + 1] as string
      if (field === SESSION_TTL) ttl = readTtl(value)
      if (field === FIXED) fixed = true
      const property = propertyOf(field)
      if (property !== null) properties.set(property, value)
    }
    return { place: this, properties, ttl, fixed, refreshedAt: refreshed && !fixed ? this.#options.now() : null }
  }
}

/**
 * Whether a write would do no more than begin the TTL again that began less than a second ago: the requests of one page
 * need it once. A session that ends with its cookie began it when the stored expiry was that far away.
 */
function isAsGood({ fixed, refreshedAt }: Stored, { set, remove }: Difference, now: number): boolean {
  if (set.length + remove.length > 0) return false
  return fixed === true || (refreshedAt !== null && now - refreshedAt < 1000)
}

/** Whether the end would hardly move. */
function hasHardlyMoved(expiry: Expiry, stored: Stored, current: Properties): boolean {
  const moved = movedBy(expiry, stored, current)
  return moved !== null && Math.abs(moved) < slight(stored)
}

/** Whether the end would move to a later one, and nobody has asked for another time. */
function movesFurther(expiry: Expiry, stored: Stored, current: Properties): boolean {
  const moved = movedBy(expiry, stored, current)
  return moved !== null && moved >= slight(stored) && expiry.hasOnlyMoved(stored.properties, current)
}

/** In milliseconds; `null` when there was no end, or there is none. */
function movedBy({ property, movedBy }: Expiry, { properties }: Stored, current: Properties): number | null {
  const [was, end] = [properties.get(property), current.get(property)]
  return was === undefined || end === undefined ? null : movedBy(was, end)
}

/** Less than a second. A short life is measured more closely. */
function slight({ ttl }: Stored): number {
  return Math.min(1000, 10 * (ttl ?? 0))
}
