import type { SessionData } from '../record.ts'
import type { SessionUnavailableError } from './errors.ts'
import type { RequestFacts } from './request-facts.ts'

/** What holds for all visits of a manager. */
export interface VisitRules {
  /** Whether each response renews the cookie, for which the session's TTL has to be known. */
  readonly renewsCookie: boolean
  /** Runs when a live session is found, and may throw to refuse the request. */
  admit(facts: RequestFacts): void
  /** What a session that begins or logs in keeps of the request. */
  remembered(facts: RequestFacts): SessionData
  /** Hears that the session could not be read, and says whether the request goes on as that of nobody. */
  goesOn(handle: string, error: SessionUnavailableError): boolean
}
