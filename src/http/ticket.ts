/** The browser's side of a session: the ID that it holds or is to hold, and what a response says of that. */
import { ResponseStartedError } from './errors.ts'

/** What a response says about the ticket. */
export type TicketNews = { readonly id: string; readonly ttl: number } | 'withdrawn' | null

export class Ticket {
  #id: string | null
  readonly #hasCookie: boolean
  #hasChanged = false
  #isTold = false

  /** `id` is a well-formed one from the cookie; `hasCookie`, whether the browser has a cookie of ours, well-formed or not. */
  constructor(id: string | null, hasCookie: boolean) {
    this.#id = id
    this.#hasCookie = hasCookie
  }

  get id(): string | null {
    return this.#id
  }

  /** Whether the response has begun. */
  get isTold(): boolean {
    return this.#isTold
  }

  /** The session has this ID from now on. */
  issue(id: string): void {
    this.#id = id
    this.#hasChanged = true
  }

  /** The ID opens nothing any more. */
  withdraw(): void {
    this.#hasChanged = true
  }

  /**
   * What a response has to say of a live session with this TTL in seconds, or of none (`null`); of one that has not changed
   * only if its cookie is to be renewed. Asked once, when the headers are sent: from then on the ticket cannot change.
   */
  tell(ttl: number | null, isRenewed: boolean): TicketNews {
    this.#isTold = true
    if (ttl !== null) return this.#hasChanged || isRenewed ? { id: this.#id as string, ttl } : null
    return this.#hasChanged && this.#hasCookie ? 'withdrawn' : null
  }

  /** @throws {ResponseStartedError} when the browser cannot be told of another ID any more */
  requireUntold(): void {
    if (!this.#isTold) return
    throw new ResponseStartedError('the cookie cannot change here: the response has begun without it')
  }
}
