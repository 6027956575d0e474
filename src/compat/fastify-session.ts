/** @fastify/session: `fastify.register(session, { store: new SojournStore({ client }), secret })`. */
import type { FastifySessionOptions } from '@fastify/session'
import type { Session } from 'fastify'
import { openBackend } from './dropin/backend.ts'
import { answer, type Callback } from './dropin/callback.ts'
import { Known } from './dropin/known.ts'
import { MissedIds } from './dropin/missed-ids.ts'
import type { SojournStoreOptions } from './dropin/options.ts'
import { checkDropInId } from './dropin/session-id.ts'
import { DropInSessions, type Loaded as LoadedSession, type Traits } from './dropin/sessions.ts'
import { COOKIE_EXPIRY, cookieTerm } from './dropin/term.ts'

export { mintSessionId } from '../session-id.ts'
export type { MemoryOptions, MigrateFrom, RedisOptions, SojournStoreOptions } from './dropin/options.ts'

/** A session as {@link SojournStore.all} lists it. */
export type ListedSession = Session & {
  /** The session's ID; its handle with `hashIds`. */
  readonly id: string
}

const TRAITS: Traits = {
  // What @fastify/session skips; `__proto__`, which it would assign to the session object; and what is ours.
  hides: (property) =>
    property === 'sessionId' || property === 'encryptedSessionId' || property === '__proto__' || property === MARK,
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
 * The same on the cookie of a session that `get` returns. @fastify/session keeps the options of a cookie where no application
 * sees them, and makes a session from those of the one that it reloads or regenerates. So this tells whose a session without
 * a {@link Mark} is: one that the application has emptied, or one that `reload` has made, since there was nothing to load.
 */
const LOADED: unique symbol = Symbol('sojourn:loaded')

interface Loaded {
  readonly known: Known
  /** When, by the missed IDs. */
  readonly moment: number
}

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
  /** The ID of the session that has just been destroyed, while its destroyer hears of that. */
  #destroyed: string | null = null

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
    return answer(this.#sessions.end(id), this.#destroying(id, callback))
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
    const moment = this.#missed.now
    let loaded: LoadedSession | null = null
    try {
      loaded = await this.#sessions.load(id)
    } finally {
      if (loaded === null) this.#missed.add(id)
    }
    if (loaded === null) return null
    const { session, known } = loaded
    const { cookie } = session
    if (typeof cookie === 'object' && cookie !== null) Object.assign(cookie, { [LOADED]: { known, moment } })
    return Object.assign(session, { [MARK]: new Mark(known) }) as unknown as Session
  }

  async #set(id: string, session: Session): Promise<void> {
    const known = this.#knownAs(checkDropInId(id), session)
    if (known !== null) await this.#sessions.save(known, session, cookieTerm(session.cookie, this.#sessions.ttl))
  }

  /** `regenerate` saves the new session when it hears of the end of the old one, also under the same ID. */
  #destroying(id: string, callback: Callback<void> | undefined): Callback<void> | undefined {
    if (typeof callback !== 'function') return undefined
    return (...outcome) => {
      this.#destroyed = id
      try {
        callback(...outcome)
      } finally {
        this.#destroyed = null
      }
    }
  }

  async #all(): Promise<ListedSession[]> {
    const sessions: ListedSession[] = []
    for await (const [id, session] of this.#sessions.entries()) {
      sessions.push({ ...(session as unknown as Session), id })
    }
    return sessions
  }

  /** `null` for the empty session of a `reload` that has found nothing or failed: nobody wants that saved. */
  #knownAs(id: string, session: object): Known | null {
    const mark = (session as { [MARK]?: unknown })[MARK]
    // `regenerate(keys)` may have copied the mark of the session before.
    const known = mark instanceof Mark && mark.known.id === id ? mark.known : this.#known.get(session)
    if (known?.id === id) return known
    const loaded = known === undefined && this.#destroyed !== id ? loadedOf(session, id) : undefined
    if (loaded !== undefined && this.#missed.hasSince(id, loaded.moment)) return null
    const other = loaded?.known ?? new Known(id, null)
    if (known === undefined) this.#known.set(session, other)
    return other
  }
}

/** What was loaded under the ID, when @fastify/session has made the session from that. */
function loadedOf(session: object, id: string): Loaded | undefined {
  for (const symbol of Object.getOwnPropertySymbols(session)) {
    const own = (session as Record<symbol, unknown>)[symbol] as { [LOADED]?: Loaded } | null | undefined
    if (own?.[LOADED]?.known.id === id) return own[LOADED]
  }
  return undefined
}
