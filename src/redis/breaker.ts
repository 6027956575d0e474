/**
 * A circuit breaker for each node. While Redis answers, it costs a look at an empty map. After so many commands in a row
 * that were not answered, calls fail at once, but for one at a time that tries again, after pauses that grow and are never
 * quite alike, so that processes which lost Redis together do not all come back at the same moment.
 *
 * In a cluster, nodes are told apart by the keys they hold: one that is down shuts nobody out from the others.
 */
import { StoreUnavailableError } from '../errors.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 500

export interface BreakerOptions {
  /** The node that a key is on, as the client sees it. */
  readonly nodeOf: (key: string) => string
  /** How many commands in a row may fail before calls do so at once. */
  readonly failures: number
  /** Default: the process's monotonic clock, in milliseconds. */
  readonly now?: () => number
  readonly random?: () => number
}

interface Ailing {
  failures: number
  /** When the last pause began. */
  since: number
  /** When one call may try again; never, as long as one does. */
  retryAt: number
}

export class Breaker {
  readonly #nodeOf: (key: string) => string
  readonly #limit: number
  readonly #now: () => number
  readonly #random: () => number
  readonly #ailing = new Map<string, Ailing>()

  constructor({ nodeOf, failures, now = () => performance.now(), random = Math.random }: BreakerOptions) {
    this.#nodeOf = nodeOf
    this.#limit = failures
    this.#now = now
    this.#random = random
  }

  /** The error with which a call has to fail at once; `null` lets it go. Whoever may go tells how it went. */
  refusal(key: string): StoreUnavailableError | null {
    if (this.#ailing.size === 0) return null
    const ailing = this.#ailing.get(this.#nodeOf(key))
    if (ailing === undefined || ailing.failures < this.#limit) return null
    const wait = ailing.retryAt - this.#now()
    if (wait > 0) return refused(ailing.failures, wait)
    ailing.retryAt = Number.POSITIVE_INFINITY
    return null
  }

  /** Redis said something, if only that it refuses. */
  answered(key: string): void {
    if (this.#ailing.size > 0) this.#ailing.delete(this.#nodeOf(key))
  }

  /** A command that was sent at that time was not answered. */
  failed(key: string, sentAt: number): void {
    const node = this.#nodeOf(key)
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

function refused(failures: number, wait: number): StoreUnavailableError {
  const retryAfter = Number.isFinite(wait) ? Math.ceil(wait / 1000) : 1
  return new StoreUnavailableError(`Redis did not answer the last ${failures} commands and is not asked again yet`, {
    retryAfter,
  })
}
