/** Options, and the beginning of a request: everything that adapters have in common. */
import { InvalidArgumentError } from '../errors.ts'
import { checkNames } from '../options.ts'
import { isSessionId } from '../session-id.ts'
import { show } from '../show.ts'
import type { SessionStore } from '../store.ts'
import { type CookieOptions, SessionCookie } from './cookie.ts'
import type { SessionUnavailableError } from './errors.ts'
import { checkFieldTypes, type FieldTypes } from './fields.ts'
import { OpenSession, type SessionTerms } from './open-session.ts'
import { checkBoolean, checkFunction } from './option-types.ts'
import { isSafeMethod, OriginCheck } from './origin.ts'
import { checkRemember, type RememberOptions, remembered } from './remember.ts'
import type { RequestFacts } from './request-facts.ts'
import { type OnUnreadable, type RegisteredFields, Session } from './session.ts'
import { Ticket } from './ticket.ts'
import { Visit } from './visit.ts'
import type { VisitRules } from './visit-terms.ts'

/** What happened that nobody else would notice. Sessions appear by handle only. */
export type SessionEvent =
  /** A stored field does not fit its declaration and reads as absent. */
  | {
      readonly type: 'unreadable-field'
      readonly field: string
      readonly handle: string | null
      readonly error: unknown
    }
  /** The session could not be read, and the request went on as that of nobody (`onUnavailable: 'anonymous'`). */
  | {
      readonly type: 'unavailable-session'
      readonly handle: string
      readonly error: SessionUnavailableError
    }
  /** What changed after the response had begun could not be saved; if it had not ended, it was cut off. */
  | { readonly type: 'unsaved-changes'; readonly handle: string | null; readonly error: unknown }

type ClearSiteDataType = 'cache' | 'cookies' | 'storage' | 'executionContexts' | '*'

export interface SessionsOptions<F extends FieldTypes | null = RegisteredFields, Request = unknown> {
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
  clearSiteData?: readonly ClearSiteDataType[] | undefined
  /** The index of the store that tells whose a session is: for `session.others()` and its like. Default `user_id`. */
  person?: string | undefined
  /** What a session keeps of the request that began it or logged it in. Default: nothing. */
  remember?: RememberOptions<Request> | undefined
  /**
   * What becomes of a request whose session cannot be read. `'fail'`: it is answered 503. `'anonymous'`: it goes on as that of
   * nobody, for pages that everybody may see; nothing can be changed, the cookie stays as it is. Default `'fail'`.
   */
  onUnavailable?: 'fail' | 'anonymous' | undefined
  /** Hears of events. Default: nobody does. */
  onEvent?: ((event: SessionEvent) => void) | undefined
}

const KNOWN = [
  'store',
  'cookie',
  'fields',
  'checkOrigin',
  'trustedOrigins',
  'lazy',
  'clearSiteData',
  'person',
  'remember',
  'onUnavailable',
  'onEvent',
]

export class SessionManager<F extends FieldTypes | null = RegisteredFields> {
  readonly #store: SessionStore
  readonly #cookie: SessionCookie
  readonly #fields: F
  readonly #origins: OriginCheck
  readonly #person: string
  readonly #rules: VisitRules
  readonly #terms: SessionTerms
  readonly #onUnreadable: OnUnreadable

  /** `alsoKnown` names the options that the adapter reads itself. @throws {InvalidArgumentError} */
  constructor(options: SessionsOptions<F, never>, alsoKnown: readonly string[] = []) {
    checkNames(options, [...KNOWN, ...alsoKnown])
    const { store, cookie, fields, checkOrigin = true, trustedOrigins, lazy = false, onEvent = ignore } = options
    if (typeof store?.readSession !== 'function') {
      throw new InvalidArgumentError(`store must be a session store, got ${show(store)}`)
    }
    checkBoolean('checkOrigin', checkOrigin)
    checkBoolean('lazy', lazy)
    checkFunction('onEvent', onEvent)
    this.#store = store
    this.#cookie = new SessionCookie(cookie)
    this.#fields = checkFieldTypes(fields) as F
    this.#origins = new OriginCheck(trustedOrigins)
    this.#person = checkPerson(options.person)
    const remember = checkRemember(options.remember)
    const goesOn = checkOnUnavailable(options.onUnavailable) === 'anonymous'
    const needsOrigin = ({ method }: RequestFacts) => checkOrigin && !isSafeMethod(method)
    this.#rules = {
      admit: (facts) => {
        if (needsOrigin(facts)) this.#origins.require(facts)
      },
      // A cookie that follows the TTL is renewed, for which the TTL has to be known.
      mayCountUnread: (facts) => !this.#cookie.followsTtl && (!needsOrigin(facts) || this.#origins.allows(facts)),
      remembered: (facts) => remembered(remember, facts),
      goesOn: (handle, error) => {
        if (goesOn) onEvent({ type: 'unavailable-session', handle, error })
        return goesOn
      },
    }
    this.#terms = {
      cookie: this.#cookie,
      lazy,
      clearSiteData: clearSiteDataOf(options.clearSiteData),
      onUnsaved: (handle, error) => onEvent({ type: 'unsaved-changes', handle, error }),
    }
    this.#onUnreadable = (field, handle, error) => onEvent({ type: 'unreadable-field', field, handle, error })
  }

  /** Begins a request. Without a well-formed ticket there is no I/O. */
  begin(facts: RequestFacts): OpenSession<F> {
    const visit = this.#visit(facts, this.#rules)
    if (!this.#terms.lazy) visit.recall()
    return new OpenSession(this.#session(visit), visit, this.#terms)
  }

  /** Begins a WebSocket upgrade: its session, read. The request must come from our own origin whatever its method. */
  async upgrade(facts: RequestFacts): Promise<Session<F>> {
    this.#origins.require(facts)
    const visit = this.#visit(facts, { ...this.#rules, admit: ignore })
    await visit.load()
    visit.takeTicketNews({ isRenewed: false })
    return this.#session(visit)
  }

  #visit(facts: RequestFacts, rules: VisitRules): Visit {
    const value = this.#cookie.read(facts.header('cookie'))
    const ticket = new Ticket(isSessionId(value) ? value : null, value !== null)
    return new Visit({ store: this.#store, ticket, facts, rules })
  }

  #session(visit: Visit): Session<F> {
    return new Session(visit, this.#fields, this.#onUnreadable, this.#person)
  }
}

function ignore(): void {}

function checkOnUnavailable(choice: unknown = 'fail'): 'fail' | 'anonymous' {
  if (choice === 'fail' || choice === 'anonymous') return choice
  throw new InvalidArgumentError(`onUnavailable must be 'fail' or 'anonymous', got ${show(choice)}`)
}

function checkPerson(person: unknown = 'user_id'): string {
  if (typeof person === 'string' && person !== '') return person
  throw new InvalidArgumentError(`person must be the name of an index, got ${show(person)}`)
}

const CLEARABLE: readonly unknown[] = ['cache', 'cookies', 'storage', 'executionContexts', '*']

/** The header's value (https://www.w3.org/TR/clear-site-data/); `null` for no header. */
function clearSiteDataOf(types: unknown = []): string | null {
  if (!Array.isArray(types) || !types.every((type) => CLEARABLE.includes(type))) {
    throw new InvalidArgumentError(`clearSiteData must be an array of ${CLEARABLE.join(', ')}, got ${show(types)}`)
  }
  return types.length === 0 ? null : types.map((type) => `"${type}"`).join(', ')
}
