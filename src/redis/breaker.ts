/**
 * A circuit breaker for each node. While Redis answers, it costs a look at an empty map, and in a cluster one at its slots.
 * After so many commands in a row that were not answered, calls fail at once, but for one at a time that tries again, after
 * pauses that grow and are never quite alike, so that processes which lost Redis together do not all come back at the same
 * moment.
 *
 * In a cluster each node counts for itself: one that is down shuts nobody out from the others. A command counts for the node
 * that its key was on when it was sent, though the key may be on another by the time that it is answered.
 */
import { StoreUnavailableError } from '../errors.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 500

export interface BreakerOptions {
  /** How many commands in a row may fail before calls do so at once. */
  readonly failures: number
  /** How long a call that tries again has the node to itself, in milliseconds: it should be over by then. */
  readonly patience: number
  /** Default: the process's monotonic clock, in milliseconds. */
  readonly now?: () => number
  readonly random?: () => number
}

interface Ailing {
  failures: number
  /** When the last pause began. */
  since: number
  /** When one call may try again. */
  retryAt: number
}

export class Breaker {
  readonly #limit: number
  readonly #patience: number
  readonly #now: () => number
  readonly #random: () => number
  readonly #ailing = new Map<string, Ailing>()

  constructor({ failures, patience, now = () => performance.now(), random = Math.random }: BreakerOptions) {
    this.#limit = failures
    this.#patience = patience
    this.#now = now
    this.#random = random
  }

  /** The error with which a call to a node has to fail at once; `null` lets it go. Whoever may go tells how it went. */
  refusal(node: string): StoreUnavailableError | null {
    if (this.#ailing.size === 0) return null
    const ailing = this.#ailing.get(node)
    if (ailing === undefined || ailing.failures < this.#limit) return null
    const now = this.#now()
    if (now < ailing.retryAt) return refused(ailing.failures)
    ailing.retryAt = now + this.#patience
    return null
  }

  /** Redis said something, if only that it refuses. */
  answered(node: string): void {
    if (this.#ailing.size > 0) this.#ailing.delete(node)
  }

  /** A command that was sent at that time was not answered. */
  failed(node: string, sentAt: number): void {
    const ailing = this.#ailing.get(node) ?? { failures: 0, since: Number.NEGATIVE_INFINITY, retryAt: 0 }
    this.#ailing.set(node, ailing)
    // What was under way when the pause began says nothing new.
    if (sentAt < ailing.since) return
    ailing.failures += 1
    if (ailing.failures < this.#limit) return
    ailing.since = this.#now()
    const longest = Math.min(FIRST_PAUSE_MS * 2 ** (ailing.failures - this.#limit), LONGEST_PAUSE_MS)
    ailing.retryAt = ailing.since + longest * (0.5 + this.#random() / 2)
  }
}

/** No pause is longer than a second. */
function refused(failures: number): StoreUnavailableError {
  return new StoreUnavailableError(`Redis did not answer the last ${failures} commands and is not asked again yet`, {
    retryAfter: 1,
  })
}
