/** koa-session: `app.use(session({ store: new SojournStore({ client }) }, app))`. */
import { openBackend } from './dropin/backend.ts'
import { Known } from './dropin/known.ts'
import type { SojournStoreOptions } from './dropin/options.ts'
import { checkDropInId } from './dropin/session-id.ts'
import { DropInSessions, type Traits } from './dropin/sessions.ts'
import { termOf } from './dropin/term.ts'

export { mintSessionId } from '../session-id.ts'
export type { MemoryOptions, MigrateFrom, RedisOptions, SojournStoreOptions } from './dropin/options.ts'

/** A session as koa-session passes it: the application's properties, and `_expire` and `_maxAge`, or `_session`. */
export type KoaSession = Record<string, unknown>

/** A session as {@link SojournStore.all} lists it. */
export interface ListedSession extends KoaSession {
  /** The session's ID; its handle with `hashIds`. */
  readonly id: string
}

/** What koa-session says of a call. */
export interface CallContext {
  /** The request's context: what it has loaded is remembered with it. */
  readonly ctx?: object | undefined
  readonly rolling?: boolean | undefined
  readonly changed?: boolean | undefined
}

/** Milliseconds, or `session` for a cookie that ends with the browser. */
export type MaxAge = number | 'session'

const OWN = new Set(['_expire', '_maxAge', '_session'])
/** What koa-session's session object has of its own, or assigns to itself. */
const UNASSIGNABLE = new Set(['__proto__', 'isNew', 'length', 'populated', 'maxAge', 'externalKey'])

const TRAITS: Traits = {
  hides: (property) => UNASSIGNABLE.has(property) || (property.startsWith('_') && !OWN.has(property)),
  isSession: () => true,
  termOf: ({ _expire }, ttl) => termOf(typeof _expire === 'number' ? _expire - Date.now() : null, ttl),
  expiry: {
    property: '_expire',
    movedBy: (before, after) => Number(after) - Number(before),
    hasOnlyMoved: (before, after) => ['_maxAge', '_session'].every((name) => before.get(name) === after.get(name)),
  },
}

/**
 * Sessions of koa-session as Redis hashes, saved property by property. What a request has loaded and nobody has changed is
 * left alone, and a session that has ended meanwhile stays ended: saving it writes nothing and is no error.
 *
 * @throws {InvalidArgumentError} when an option is wrong
 * @throws {UnsupportedClientError} when the client is of no supported kind
 */
export class SojournStore {
  readonly #sessions: DropInSessions
  /** What is known, by context and ID; without a context, by the data that `get` returns. */
  readonly #known = new WeakMap<object, Map<string, Known>>()

  constructor(options: SojournStoreOptions) {
    this.#sessions = new DropInSessions(openBackend(options, TRAITS), TRAITS)
  }

  /** The session's data; `null` when absent. */
  async get(id: string, _maxAge?: MaxAge, { ctx }: CallContext = {}): Promise<KoaSession | null> {
    const loaded = await this.#sessions.load(id)
    if (loaded === null) return null
    this.#remember(ctx ?? loaded.session, loaded.known)
    return loaded.session
  }

  /** Saves what has changed since the session was loaded; all of it when it is new. */
  async set(id: string, session: KoaSession, maxAge?: MaxAge, { ctx }: CallContext = {}): Promise<void> {
    await this.#sessions.save(
      this.#knownAs(checkDropInId(id), ctx ?? session),
      session,
      termOf(maxAge, this.#sessions.ttl),
    )
  }

  /** Ends the session. One that is not there is no error. */
  async destroy(id: string, { ctx }: CallContext = {}): Promise<void> {
    await this.#sessions.end(id)
    // What this request saves under the ID from now on is a session of its own, no change of the one that it has ended.
    if (ctx !== undefined) this.#known.get(ctx)?.delete(id)
  }

  /** All sessions, found by scanning: for operators, not for requests. */
  async all(): Promise<ListedSession[]> {
    const sessions: ListedSession[] = []
    for await (const [id, session] of this.#sessions.entries()) sessions.push({ ...session, id })
    return sessions
  }

  /** The IDs of all sessions; their handles with `hashIds`. Found by scanning. */
  ids(): Promise<string[]> {
    return this.#sessions.ids()
  }

  /** How many sessions there are. Counted by scanning. */
  length(): Promise<number> {
    return this.#sessions.count()
  }

  /** Ends all sessions under the store's prefix, and those under the prefix that it migrates from. */
  clear(): Promise<void> {
    return this.#sessions.clear()
  }

  /**
   * Adds a whole number to a property in the store and returns its new value; `null` when the session is absent. Atomic,
   * unlike `ctx.session.views++`. The session object of a request under way does not see it.
   *
   * @throws {NotAnIntegerError} {@link IntegerOverflowError} — and nothing has changed.
   */
  increment(id: string, property: string, amount = 1): Promise<number | bigint | null> {
    return this.#sessions.increment(id, property, amount)
  }

  #knownAs(id: string, holder: object): Known {
    return this.#known.get(holder)?.get(id) ?? this.#remember(holder, new Known(id, null))
  }

  #remember(holder: object, known: Known): Known {
    const all = this.#known.get(holder) ?? new Map<string, Known>()
    this.#known.set(holder, all.set(known.id, known))
    return known
  }
}
