import { Turns } from '../../turns.ts'
import type { Properties } from './properties.ts'
import type { Term } from './term.ts'

/**
 * `spared`: nothing was written, for what is stored is as good. `unmoved`: all was written but the session's end, which has
 * hardly moved. `kept`: all but the end, which another request has moved. `gone`: nothing was written, for there is no
 * session.
 */
export type Outcome = 'saved' | 'spared' | 'unmoved' | 'kept' | 'gone'

/** Where sessions are kept: in hashes, or for a while still in the JSON strings of another store. */
export interface Place {
  /** `false` when the ID is taken. */
  create(id: string, properties: Properties, term: Term): Promise<boolean>
  /** Saves the difference from what was stored. */
  update(id: string, stored: Stored, properties: Properties, term: Term): Promise<Outcome>
  /** Begins the TTL again and saves the cookie, which is all that may differ from what was stored. */
  touch(id: string, stored: Stored, properties: Properties, term: Term): Promise<Outcome>
}

/** A session as a request last saw it stored. */
export interface Stored {
  readonly place: Place
  readonly properties: Properties
  /** The TTL that its last save gave it, in seconds; `null` when that is not known. */
  readonly ttl: number | null
  /** Whether it ends with its cookie; `null` when that is not known. */
  readonly fixed: boolean | null
  /** When its TTL last began, on the backend's clock in milliseconds; `null` when that is not known. */
  readonly refreshedAt: number | null
}

/**
 * A session as one request knows it. A save sends what differs from what was stored, so saves come one after the other:
 * the second is the difference from the first.
 */
export class Known {
  readonly id: string
  /** `null` for a session that is new. */
  stored: Stored | null
  readonly #turns = new Turns()

  constructor(id: string, stored: Stored | null) {
    this.id = id
    this.stored = stored
  }

  inTurn<T>(step: () => Promise<T>): Promise<T> {
    return this.#turns.take(step)
  }
}
