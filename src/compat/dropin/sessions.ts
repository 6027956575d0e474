/** The sessions of a middleware, whichever it is: a load remembers what it saw, and a save sends what has changed. */
import { InvalidArgumentError } from '../../errors.ts'
import { checkIncrement, exactInteger } from '../../integer.ts'
import { CLAIMED } from '../../redis/json-strings.ts'
import type { Backend, Old } from './backend.ts'
import { Known, type Outcome, type Place, type Stored } from './known.ts'
import { objectOf, type Properties, propertiesOf } from './properties.ts'
import { isDropInId } from './session-id.ts'
import type { Term, Terms } from './term.ts'

/** What differs between the middlewares. */
export interface Traits extends Terms {
  /** Whether the middleware's session object cannot carry the property: it stays in the store, unseen. */
  hides(property: string): boolean
}

export interface Loaded {
  readonly known: Known
  readonly session: Record<string, unknown>
}

export class DropInSessions {
  readonly ttl: number
  readonly #backend: Backend
  readonly #traits: Traits

  constructor(backend: Backend, traits: Traits) {
    this.ttl = backend.ttl
    this.#backend = backend
    this.#traits = traits
  }

  /** The session, and what to pass to {@link save}; `null` when absent. A use: its idle TTL begins again. */
  async load(id: unknown): Promise<Loaded | null> {
    if (!isDropInId(id)) return null
    const stored = await this.#find(id)
    return stored && this.#loaded(id, stored)
  }

  /**
   * Saves a session: a new one as a whole, a loaded one by its changes and only if it is still there. What is saved is the
   * session at the time of the call; saves of the same {@link Known} are written one after the other.
   *
   * @throws {InvalidArgumentError} at once, when a value has no JSON
   */
  save(known: Known, session: object, term: Term): Promise<void> {
    const properties = propertiesOf(session)
    return known.inTurn(() => {
      if (term.ttl < 1) return this.end(known.id)
      return known.stored === null
        ? this.#create(known, properties, term)
        : this.#update(known, known.stored, properties, term)
    })
  }

  /** Begins the TTL again and saves the cookie, if the session is still there. */
  touch(known: Known, cookie: unknown, term: Term): Promise<void> {
    const json = JSON.stringify(cookie) ?? null
    return known.inTurn(async () => {
      if (term.ttl < 1) return this.end(known.id)
      const stored = known.stored ?? (await this.#find(known.id))
      if (stored === null) return
      const properties = new Map(stored.properties)
      if (json !== null) properties.set('cookie', json)
      const outcome = await stored.place.touch(known.id, stored, properties, term)
      known.stored = this.#storedBy(outcome, stored.place, properties, term, stored) ?? known.stored
    })
  }

  /** Ends the session wherever it is. The string goes first: see takeover.ts. */
  async end(id: unknown): Promise<void> {
    if (!isDropInId(id)) return
    const { old, hashes } = this.#backend
    if (old !== null) await this.#endString(id, old)
    await hashes.end(id)
  }

  /** Adds to a property in the store, atomically; `null` when absent. */
  async increment(id: unknown, property: string, amount: number): Promise<number | bigint | null> {
    const decimal = checkIncrement(amount)
    if (!isDropInId(id)) return null
    const { hashes, old } = this.#backend
    let value = await hashes.increment(id, property, decimal)
    if (value === null && old !== null) value = await this.#incrementOld(id, property, decimal)
    return value === null ? null : exactInteger(value, 'number')
  }

  /** Live sessions by ID, or by handle with hashed IDs; each once. */
  async *entries(): AsyncGenerator<[string, Record<string, unknown>]> {
    const { hashes, old, nameOf } = this.#backend
    const seen = new Set<string>()
    for await (const [name, stored] of hashes.entries()) {
      seen.add(name)
      const session = this.#sessionOf(this.#visible(stored.properties))
      if (session !== null) yield [name, session]
    }
    if (old === null) return
    for await (const [id, stored] of old.strings.entries()) {
      const session = this.#sessionOf(this.#visible(stored.properties))
      if (session !== null && !seen.has(nameOf(id))) yield [nameOf(id), session]
    }
  }

  async ids(): Promise<string[]> {
    const ids: string[] = []
    for await (const [id] of this.entries()) ids.push(id)
    return ids
  }

  async count(): Promise<number> {
    return (await this.ids()).length
  }

  /** Ends all sessions; what else is under the prefix stays. */
  async clear(): Promise<void> {
    const { hashes, old } = this.#backend
    if (old !== null) {
      for await (const [id, stored] of old.strings.entries()) if (this.#isSession(stored)) await this.end(id)
    }
    for await (const name of hashes.names()) await hashes.endNamed(name)
  }

  /** Under the old prefix there may be other strings, which are nobody's session. */
  async #endString(id: string, { strings }: Old): Promise<void> {
    const left = await strings.read(id)
    if (left === CLAIMED || (left !== null && this.#isSession(left))) await strings.end(id)
  }

  #find(id: string): Promise<Stored | null> {
    const { hashes, old } = this.#backend
    return old === null ? hashes.read(id) : this.#findOldToo(id, old)
  }

  async #findOldToo(id: string, old: Old): Promise<Stored | null> {
    const { hashes } = this.#backend
    const stored = await hashes.read(id)
    if (stored !== null) return stored
    if (!old.sideBySide) {
      await old.takeover.run(id)
      return hashes.peek(id)
    }
    const left = await old.strings.read(id)
    if (left !== null && left !== CLAIMED) return left
    // A server of the next deployment may take it over just now, or has done so since we looked.
    if (left === CLAIMED) await old.takeover.resume(id)
    return hashes.peek(id)
  }

  async #incrementOld(id: string, property: string, decimal: string): Promise<string | null> {
    const stored = await this.#find(id)
    if (stored === null) return null
    if (stored.place === this.#backend.hashes) return this.#backend.hashes.increment(id, property, decimal)
    throw new InvalidArgumentError('a session in a JSON string (sideBySide) cannot be incremented')
  }

  async #create(known: Known, properties: Properties, term: Term): Promise<void> {
    const { home } = this.#backend
    if (await home.create(known.id, properties, term)) {
      known.stored = { place: home, properties, ...term, refreshedAt: this.#backend.now() }
      return
    }
    // The ID is taken, as by a genid that does not make a new one each time: that session becomes this one.
    const existing = await this.#find(known.id)
    if (existing === null) throw new InvalidArgumentError('the session ID is taken by a key that holds no session')
    await this.#update(known, existing, properties, term)
  }

  async #update(known: Known, stored: Stored, properties: Properties, term: Term): Promise<void> {
    const { hashes, old } = this.#backend
    const { id } = known
    let { place } = stored
    let outcome = await place.update(id, stored, properties, term)
    if (outcome === 'gone' && place !== hashes) {
      place = hashes // a string may have become a hash since it was loaded, or be about to
      await old?.takeover.resume(id)
      outcome = await place.update(id, stored, properties, term)
    }
    known.stored = this.#storedBy(outcome, place, properties, term, stored) ?? known.stored
  }

  #loaded(id: string, stored: Stored): Loaded | null {
    const properties = this.#visible(stored.properties)
    const session = this.#sessionOf(properties)
    const seen = properties === stored.properties ? stored : { ...stored, properties }
    return session && { known: new Known(id, seen), session }
  }

  #sessionOf(properties: Properties): Record<string, unknown> | null {
    const session = objectOf(properties)
    return this.#traits.isSession(session) ? session : null
  }

  #isSession({ properties }: Stored): boolean {
    return this.#sessionOf(this.#visible(properties)) !== null
  }

  #visible(properties: Properties): Properties {
    let visible = properties
    for (const property of properties.keys()) if (this.#traits.hides(property)) visible = without(visible, property)
    return visible
  }

  /** What is known to be stored after a save; `null` when that is what was known before. */
  #storedBy(outcome: Outcome, place: Place, current: Properties, { ttl, fixed }: Term, was: Stored): Stored | null {
    if (outcome === 'spared' || outcome === 'gone') return null
    const { property } = this.#traits.expiry
    const end = was.properties.get(property)
    const isStored = outcome === 'saved' || end === undefined
    const properties = isStored ? current : new Map(current).set(property, end)
    if (outcome === 'kept') return { place, properties, ttl: null, fixed: null, refreshedAt: null }
    return { place, properties, ttl, fixed, refreshedAt: this.#backend.now() }
  }
}

function without(properties: Properties, property: string): Properties {
  const rest = new Map(properties)
  rest.delete(property)
  return rest
}
