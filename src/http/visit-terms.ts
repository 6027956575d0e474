/** What a visit is made with, and what is asked of it. */
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
