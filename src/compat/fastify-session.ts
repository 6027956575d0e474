/** @fastify/session: `fastify.register(session, { store: new SojournStore({ client }), secret })`. */
import type { FastifySessionOptions } from '@fastify/session'
import type { Session } from 'fastify'
import { openBackend } from './dropin/backend.ts'
import { answer, type Callback } from './dropin/callback.ts'
import { Known } from './dropin/known.ts'
import { MissedIds } from './dropin/missed-ids.ts'
import type { SojournStoreOptions } from './dropin/options.ts'
import { checkDropInId } from './dropin/session-id.ts'
import { DropInSessions, type Traits } from './dropin/sessions.ts'
import { COOKIE_EXPIRY, cookieTerm } from './dropin/term.ts'

export { mintSessionId } from '../session-id.ts'
export type { MemoryOptions, MigrateFrom, RedisOptions, SojournStoreOptions } from './dropin/options.ts'

/** A session as {@link SojournStore.all} lists it. */
export type ListedSession = Session & {
  /** The session's ID; its handle with `hashIds`. */
  readonly id: string
}

const TRAITS: Traits = {
  // What @fastify/session skips; and `__proto__`, which it would assign to the session object.
  hides: (property) => property === 'sessionId' || property === 'encryptedSessionId' || property === '__proto__',
  isSession: () => true,
  termOf: ({ cookie }, ttl) => cookieTerm(cookie, ttl),
  expiry: COOKIE_EXPIRY,
}

/**
 * The property in which a session object carries what is known of it. @fastify/session copies what `get` returns into an
 * object of its own, property by property, and that object is all that `set` gets to see. It is not part of the session's
 * JSON, and no property of an application can have its name.
 */
const MARK = 'sojourn:known'

class Mark {
  readonly known: Known

  constructor(known: Known) {
    this.known = known
  }

  toJSON(): undefined {
    return undefined
  }
}

/**
 * On the cookie of a session that `get` returns: its ID. @fastify/session keeps the options of a cookie, and makes a session
 * from those of the one that it reloads: so the ID tells an empty session that `reload` has made, since there was nothing
 * to load, from a new one that has got the same ID.
 */
const LOADED_AS: unique symbol = Symbol('sojourn:loaded as')

type Store = NonNullable<FastifySessionOptions['store']>

/**
 * Sessions of @fastify/session as Redis hashes, saved property by property. What a request has loaded and nobody has
 * changed is left alone, and a session that has ended meanwhile stays ended: saving it writes nothing and is no error.
 *
 * Each call takes a callback, as @fastify/session passes one, or returns a promise. A failure of Redis is an error of the
 * call, which @fastify/session answers with 500.
 *
 * @throws {InvalidArgumentError} when an option is wrong
 * @throws {UnsupportedClientError} when the client is of no supported kind
 */
export class SojournStore implements Store {
  readonly #sessions: DropInSessions
  readonly #known = new WeakMap<object, Known>()
  readonly #missed = new MissedIds()

  constructor(options: SojournStoreOptions) {
    this.#sessions = new DropInSessions(openBackend(options, TRAITS), TRAITS)
  }

  /** The session's data; `null` when absent. */
  get(id: string): Promise<Session | null>
  get(id: string, callback: Callback<Session | null>): void
  get(id: string, callback?: Callback<Session | null>): Promise<Session | null> | void {
    return answer(this.#get(id), callback)
  }

  /** Saves what has changed since the session was loaded; all of it when it is new. */
  set(id: string, session: Session): Promise<void>
  set(id: string, session: Session, callback: Callback<void>): void
  set(id: string, session: Session, callback?: Callback<void>): Promise<void> | void {
    return answer(this.#set(id, session), callback)
  }

  /** Ends the session. One that is not there is no error. */
  destroy(id: string): Promise<void>
  destroy(id: string, callback: Callback<void>): void
  destroy(id: string, callback?: Callback<void>): Promise<void> | void {
    return answer(this.#sessions.end(id), callback)
  }

  /** All sessions, found by scanning: for operators, not for requests. */
  all(): Promise<ListedSession[]>
  all(callback: Callback<ListedSession[]>): void
  all(callback?: Callback<ListedSession[]>): Promise<ListedSession[]> | void {
    return answer(this.#all(), callback)
  }

  /** The IDs of all sessions; their handles with `hashIds`. Found by scanning. */
  ids(): Promise<string[]>
  ids(callback: Callback<string[]>): void
  ids(callback?: Callback<string[]>): Promise<string[]> | void {
    return answer(this.#sessions.ids(), callback)
  }

  /** How many sessions there are. Counted by scanning. */
  length(): Promise<number>
  length(callback: Callback<number>): void
  length(callback?: Callback<number>): Promise<number> | void {
    return answer(this.#sessions.count(), callback)
  }

  /** Ends all sessions under the store's prefix, and those under the prefix that it migrates from. */
  clear(): Promise<void>
  clear(callback: Callback<void>): void
  clear(callback?: Callback<void>): Promise<void> | void {
    return answer(this.#sessions.clear(), callback)
  }

  /**
   * Adds a whole number to a property in the store and returns its new value; `null` when the session is absent. Atomic,
   * unlike `request.session.views++`. The session object of a request under way does not see it until `reload`.
   *
   * @throws {NotAnIntegerError} {@link IntegerOverflowError} — and nothing has changed.
   */
  increment(id: string, property: string, amount = 1): Promise<number | bigint | null> {
    return this.#sessions.increment(id, property, amount)
  }

  async #get(id: string): Promise<Session | null> {
    const loaded = await this.#sessions.load(id)
    if (loaded === null) {
      this.#missed.add(id)
      return null
    }
    this.#missed.delete(id)
    const { cookie } = loaded.session
    if (typeof cookie === 'object' && cookie !== null) Object.assign(cookie, { [LOADED_AS]: id })
    return Object.assign(loaded.session, { [MARK]: new Mark(loaded.known) }) as unknown as Session
  }

  async #set(id: string, session: Session): Promise<void> {
    const known = this.#knownAs(checkDropInId(id), session)
    if (known.stored === null && this.#missed.has(id) && isReloaded(id, session)) return
    await this.#sessions.save(known, session, cookieTerm(session.cookie, this.#sessions.ttl))
  }

  async #all(): Promise<ListedSession[]> {
    const sessions: ListedSession[] = []
    for await (const [id, session] of this.#sessions.entries()) {
      sessions.push({ ...(session as unknown as Session), id })
    }
    return sessions
  }

  #knownAs(id: string, session: object): Known {
    const mark = (session as { [MARK]?: unknown })[MARK]
    const known = mark instanceof Mark ? mark.known : this.#known.get(session)
    if (known?.id === id) return known
    const unknown = new Known(id, null)
    if (known === undefined) this.#known.set(session, unknown)
    return unknown
  }
}

/** Whether @fastify/session has made the session from one that was loaded under the ID. */
function isReloaded(id: string, session: object): boolean {
  return Object.getOwnPropertySymbols(session).some((symbol) => {
    const own = (session as Record<symbol, unknown>)[symbol]
    return typeof own === 'object' && own !== null && (own as { [LOADED_AS]?: unknown })[LOADED_AS] === id
  })
}
