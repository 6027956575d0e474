/** Options, and the beginning and end of a request: everything that adapters have in common. */
import { InvalidArgumentError, StoreUnavailableError } from '../errors.ts'
import { checkNames } from '../options.ts'
import { isSessionId } from '../session-id.ts'
import { show } from '../show.ts'
import type { SessionStore } from '../store.ts'
import { type CookieOptions, SessionCookie } from './cookie.ts'
import { SessionUnavailableError } from './errors.ts'
import { checkFieldTypes, type FieldTypes } from './fields.ts'
import { isSafeMethod, OriginCheck, type OriginFacts } from './origin.ts'
import { type RegisteredFields, Session } from './session.ts'
import { Visit } from './visit.ts'

/** What happened that nobody else would notice. Sessions appear by handle only. */
export type SessionEvent = {
  /** A stored field does not fit its declaration and reads as absent. */
  readonly type: 'unreadable-field'
  readonly field: string
  readonly handle: string | null
  readonly error: unknown
}

export interface SessionsOptions<F extends FieldTypes | null = RegisteredFields> {
  /** Where the sessions are. */
  store: SessionStore
  /** Default: `sid`, host-only, Path=/, Secure, HttpOnly, SameSite=Lax, until the browser closes. */
  cookie?: CookieOptions | undefined
  /** The types of the fields. Default: each field is a string. */
  fields?: F | undefined
  /** Whether unsafe requests with a live session must come from our own origin. Default `true`. */
  checkOrigin?: boolean | undefined
  /** Other origins that may send such requests, as `https://app.example.com`. Default: none. */
  trustedOrigins?: readonly string[] | undefined
  /** Reads the session when `await session.load()` asks for it instead of before the handler. Default `false`. */
  lazy?: boolean | undefined
  /** Sends `Clear-Site-Data` with these types when a session is destroyed, such as `['cache', 'storage']`. Default: none. */
  clearSiteData?: readonly ('cache' | 'cookies' | 'storage' | 'executionContexts' | '*')[] | undefined
  /** Hears of events. Default: nobody does. */
  onEvent?: ((event: SessionEvent) => void) | undefined
}

/** What a manager needs to know of a request. */
export interface RequestFacts extends OriginFacts {
  header(name: 'cookie' | 'sec-fetch-site' | 'origin' | 'host'): string | undefined
}

/** Headers of a response: `append` those that may stand there already, `set` the others. */
export interface HeaderSink {
  set(name: string, value: string): void
  append(name: string, value: string): void
}

const KNOWN = ['store', 'cookie', 'fields', 'checkOrigin', 'trustedOrigins', 'lazy', 'clearSiteData', 'onEvent']

export class SessionManager<F extends FieldTypes | null = RegisteredFields> {
  readonly #store: SessionStore
  readonly #cookie: SessionCookie
  readonly #fields: F
  readonly #origins: OriginCheck
  readonly #checkOrigin: boolean
  readonly #lazy: boolean
  readonly #clearSiteData: string
  readonly #onEvent: (event: SessionEvent) => void

  /** `alsoKnown` names the options that the adapter reads itself. @throws {InvalidArgumentError} */
  constructor(options: SessionsOptions<F>, alsoKnown: readonly string[] = []) {
    checkNames(options, [...KNOWN, ...alsoKnown])
    const { store, cookie, fields, checkOrigin = true, trustedOrigins, lazy = false, clearSiteData = [] } = options
    if (typeof store?.readSession !== 'function') {
      throw new InvalidArgumentError(`store must be a session store, got ${show(store)}`)
    }
    this.#store = store
    this.#cookie = new SessionCookie(cookie)
    this.#fields = checkFieldTypes(fields) as F
    this.#origins = new OriginCheck(trustedOrigins)
    this.#checkOrigin = checkOrigin
    this.#lazy = lazy
    this.#clearSiteData = clearSiteData.map((type) => `"${type}"`).join(', ')
    this.#onEvent = options.onEvent ?? (() => {})
  }

  /** Begins a request. Without a well-formed ticket there is no I/O. */
  begin(facts: RequestFacts): OpenSession<F> {
    const visit = this.#visit(facts, () => this.#admit(facts))
    return new OpenSession(this.#session(visit), visit, this)
  }

  /** Begins a WebSocket upgrade: its session, read. The request must come from our own origin whatever its method. */
  async upgrade(facts: RequestFacts): Promise<Session<F>> {
    this.#origins.require(facts)
    const visit = this.#visit(facts, () => {})
    await available(() => visit.load())
    return this.#session(visit)
  }

  /** @internal */
  get lazy(): boolean {
    return this.#lazy
  }

  /** @internal */
  writeHeaders(visit: Visit, headers: HeaderSink): void {
    if (visit.looked) headers.append('Vary', 'Cookie')
    const news = visit.takeTicketNews(this.#cookie.followsTtl && visit.looked)
    if (news === null) return
    headers.append('Set-Cookie', news === 'withdrawn' ? this.#cookie.withdraw() : this.#cookie.issue(news.id, news.ttl))
    headers.set('Cache-Control', 'no-store')
    if (visit.isDestroyed && this.#clearSiteData !== '') headers.set('Clear-Site-Data', this.#clearSiteData)
  }

  #visit(facts: RequestFacts, onLive: () => void): Visit {
    const value = this.#cookie.read(facts.header('cookie'))
    return new Visit(this.#store, isSessionId(value) ? value : null, onLive)
  }

  #session(visit: Visit): Session<F> {
    return new Session(visit, this.#fields, (field, handle, error) =>
      this.#onEvent({ type: 'unreadable-field', field, handle, error }),
    )
  }

  #admit(facts: RequestFacts): void {
    if (this.#checkOrigin && !isSafeMethod(facts.method)) this.#origins.require(facts)
  }
}

/** One request's session, from its beginning to its end: what an adapter works with. */
export class OpenSession<F extends FieldTypes | null> {
  readonly session: Session<F>
  readonly #visit: Visit
  readonly #manager: SessionManager<F>
  #headersWritten = false

  constructor(session: Session<F>, visit: Visit, manager: SessionManager<F>) {
    this.session = session
    this.#visit = visit
    this.#manager = manager
  }

  /** Whether the handler can run at once. */
  get isReady(): boolean {
    return this.#manager.lazy || this.#visit.isLoaded
  }

  /** Whether the response can begin at once. */
  get isSettled(): boolean {
    return this.#visit.isSettled
  }

  /** Reads the session, unless it is to be read on first use. Rejects when the request is to be refused. */
  async load(): Promise<void> {
    if (!this.isReady) await available(() => this.#visit.load())
  }

  /** Saves what changed. To be awaited before the first byte of the response. */
  commit(): Promise<void> {
    return available(() => this.#visit.save())
  }

  /** Writes what the response's headers have to say; once, when they are about to be sent. */
  writeHeaders(headers: HeaderSink): void {
    if (this.#headersWritten) return
    this.#headersWritten = true
    this.#manager.writeHeaders(this.#visit, headers)
  }

  /**
   * The same for a response that tells of a failed commit: the cookie stays as it is, unless the session had got a new ID
   * before things went wrong.
   */
  writeHeadersAfterFailure(headers: HeaderSink): void {
    if (this.#visit.id !== null) this.writeHeaders(headers)
    this.#headersWritten = true
  }
}

/** A failing store fails the request: 503, never a session that is silently empty. */
async function available<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error
    throw new SessionUnavailableError('the session is not available at the moment', { cause: error })
  }
}
