/** What a visit is made with, what is asked of it, and how far it can have come. */
import type { SessionData } from '../record.ts'
import type { LoginEpoch, SessionStore } from '../store.ts'
import type { SessionUnavailableError } from './errors.ts'
import type { RequestFacts } from './request-facts.ts'
import type { Ticket } from './ticket.ts'

export interface Rotation {
  readonly grace: number
  readonly data: SessionData
  readonly authenticated: boolean
  readonly epoch: LoginEpoch | undefined
}

/** Hears that something changed after the response had begun. Nobody may save it then, for the handler is over. */
export interface LateListener {
  changedLate(): void
}

export interface VisitOptions {
  readonly store: SessionStore
  readonly ticket: Ticket
  readonly facts: RequestFacts
  readonly rules: VisitRules
}

/** What holds for all visits of a manager. */
export interface VisitRules {
  /** Runs when a live session is found, and may throw to refuse the request. */
  admit(facts: RequestFacts): void
  /** Whether the request may count in a session that is live, and for that nothing has to be known of it. */
  mayCountUnread(facts: RequestFacts): boolean
  /** What a session that begins or logs in keeps of the request. */
  remembered(facts: RequestFacts): SessionData
  /** Hears that the session could not be read, and says whether the request goes on as that of nobody. */
  goesOn(handle: string, error: SessionUnavailableError): boolean
}

/**
 * - `unread`: a ticket came, and the store has not been asked yet, or did not answer
 * - `fresh`: there is no session; the first save makes one
 * - `live`: the store knows it
 * - `gone`: it was live, and ended meanwhile elsewhere; changes are dropped
 * - `destroyed`: it ended here
 * - `unavailable`: the store did not answer, and the request goes on as that of nobody; it changes nothing
 */
export type Phase = 'unread' | 'fresh' | 'live' | 'gone' | 'destroyed' | 'unavailable'
