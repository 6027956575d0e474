/** express-session: `session({ store: new SojournStore({ client }), secret, resave: false, saveUninitialized: false })`. */
import type { Request } from 'express'
import { Session, type SessionData, Store } from 'express-session'
import { shareHiddenClass } from '../http/hidden-class.ts'
import { openBackend } from './dropin/backend.ts'
import { answer, type Callback } from './dropin/callback.ts'
import { Known } from './dropin/known.ts'
import type { SojournStoreOptions } from './dropin/options.ts'
import { plain } from './dropin/properties.ts'
import { checkDropInId } from './dropin/session-id.ts'
import { DropInSessions, type Traits } from './dropin/sessions.ts'
import { COOKIE_EXPIRY, cookieTerm, type Term, termOf } from './dropin/term.ts'

export { mintSessionId } from '../session-id.ts'
export type { MemoryOptions, MigrateFrom, RedisOptions, SojournStoreOptions } from './dropin/options.ts'

/** A session as {@link SojournStore.all} lists it. */
export type ListedSession = SessionData & {
  /** The session's ID; its handle with `hashIds`. */
  readonly id: string
}

const TRAITS: Traits = {
  hides: (property) => property === 'req' || property === 'id' || property in Session.prototype,
  isSession: ({ cookie }) => typeof cookie === 'object' && cookie !== null,
  termOf: ({ cookie }, ttl) => cookieTerm(cookie, ttl),
  expiry: COOKIE_EXPIRY,
}

/**
 * Sessions of express-session as Redis hashes, saved property by property. What a request has loaded and nobody has
 * changed is left alone, and a session that has ended meanwhile stays ended: saving it writes nothing and is no error.
 *
 * Each call takes a callback, as express-session passes one, or returns a promise. A failure of Redis is an error of the
 * call; the store never emits `disconnect`, so no request runs without its session for that.
 *
 * @throws {InvalidArgumentError} when an option is wrong
 * @throws {UnsupportedClientError} when the client is of no supported kind
 */
export class SojournStore extends Store {
  readonly #sessions: DropInSessions
  /** What is known of a session object: of the data that `get` returns, and of the session made from it. */
  readonly #known = new WeakMap<object, Known>()

  constructor(options: SojournStoreOptions) {
    super()
    this.#sessions = new DropInSessions(openBackend(options, TRAITS), TRAITS)
  }

  /** The session's data; `null` when absent. */
  override get(id: string): Promise<SessionData | null>
  override get(id: string, callback: Callback<SessionData | null>): void
  override get(id: string, callback?: Callback<SessionData | null>): Promise<SessionData | null> | void {
    return answer(this.#get(id), callback)
  }

  /** Called by express-session on each load and reload. */
  override createSession(request: Request, data: SessionData): Session & SessionData {
    shareHiddenClass(request)
    if (request.res !== undefined) shareHiddenClass(request.res)
    const session = super.createSession(request, data)
    const known = this.#known.get(data)
    if (known !== undefined) this.#known.set(session, known)
    return session
  }

  /** Saves what has changed since the session was loaded; all of it when it is new. */
  override set(id: string, session: SessionData): Promise<void>
  override set(id: string, session: SessionData, callback?: Callback<void>): void
  override set(id: string, session: SessionData, callback?: Callback<void>): Promise<void> | void {
    return answer(this.#set(id, session), callback)
  }

  /** Begins the session's time again, by its cookie's `originalMaxAge` or the store's `ttl`, and saves the cookie. */
  override touch(id: string, session: SessionData): Promise<void>
  override touch(id: string, session: SessionData, callback?: Callback<void>): void
  override touch(id: string, session: SessionData, callback?: Callback<void>): Promise<void> | void {
    return answer(this.#touch(id, session), callback)
  }

  /** Ends the session. One that is not there is no error. */
  override destroy(id: string): Promise<void>
  override destroy(id: string, callback?: Callback<void>): void
  override destroy(id: string, callback?: Callback<void>): Promise<void> | void {
    return answer(this.#sessions.end(id), callback)
  }

  /** All sessions, found by scanning: for operators, not for requests. */
  override all(): Promise<ListedSession[]>
  override all(callback: Callback<ListedSession[]>): void
  override all(callback?: Callback<ListedSession[]>): Promise<ListedSession[]> | void {
    return answer(this.#all(), callback)
  }

  /** The IDs of all sessions; their handles with `hashIds`. Found by scanning. */
  ids(): Promise<string[]>
  ids(callback: Callback<string[]>): void
  ids(callback?: Callback<string[]>): Promise<string[]> | void {
    return answer(this.#sessions.ids(), callback)
  }

  /** How many sessions there are. Counted by scanning. */
  override length(): Promise<number>
  override length(callback: Callback<number>): void
  override length(callback?: Callback<number>): Promise<number> | void {
    return answer(this.#sessions.count(), callback)
  }

  /** Ends all sessions under the store's prefix, and those under the prefix that it migrates from. */
  override clear(): Promise<void>
  override clear(callback?: Callback<void>): void
  override clear(callback?: Callback<void>): Promise<void> | void {
    return answer(this.#sessions.clear(), callback)
  }

  /**
   * Adds a whole number to a property in the store and returns its new value; `null` when the session is absent. Atomic,
   * unlike `req.session.views++`. The session object of a request under way does not see it until `reload`.
   *
   * @throws {NotAnIntegerError} {@link IntegerOverflowError} — and nothing has changed.
   */
  increment(id: string, property: string, amount = 1): Promise<number | bigint | null> {
    return this.#sessions.increment(id, property, amount)
  }

  async #get(id: string): Promise<SessionData | null> {
    const loaded = await this.#sessions.load(id)
    if (loaded === null) return null
    this.#known.set(loaded.session, loaded.known)
    return loaded.session as unknown as SessionData
  }

  async #set(id: string, session: SessionData): Promise<void> {
    await this.#sessions.save(this.#knownAs(id, session), session, cookieTerm(session.cookie, this.#sessions.ttl))
  }

  async #touch(id: string, session: SessionData): Promise<void> {
    const { cookie } = session
    await this.#sessions.touch(this.#knownAs(id, session), ...touched(cookie, this.#sessions.ttl))
  }

  async #all(): Promise<ListedSession[]> {
    const sessions: ListedSession[] = []
    for await (const [id, session] of this.#sessions.entries()) {
      sessions.push({ ...(session as unknown as SessionData), id })
    }
    return sessions
  }

  #knownAs(id: string, session: object): Known {
    const known = this.#known.get(session)
    if (known?.id === id) return known
    const unknown = new Known(checkDropInId(id), null)
    if (known === undefined) this.#known.set(session, unknown)
    return unknown
  }
}

/** What a touch saves: a cookie with a maximum age that leads to a date begins it again, any other stays as it is. */
function touched(cookie: SessionData['cookie'], ttl: number): [cookie: object, term: Term] {
  const originalMaxAge: unknown = cookie.originalMaxAge
  // `cookie.expires = false` makes it `false`.
  const expires = new Date(typeof originalMaxAge === 'number' ? Date.now() + originalMaxAge : Number.NaN)
  if (Number.isNaN(expires.getTime())) return [cookie, cookieTerm(cookie, ttl)]
  return [{ ...plain(cookie), expires }, termOf(originalMaxAge, ttl)]
}
