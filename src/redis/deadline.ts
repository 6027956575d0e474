/**
 * A deadline on every command, without a timer for every command: all deadlines of a store are equally far away, so they
 * pass in the order in which they were set, and one timer, for the oldest, is enough. The waiting commands are a linked
 * list, from which each takes itself out when it is answered: nothing that is over is kept.
 */
import { CommandTimeoutError, type SojournError } from '../errors.ts'
import type { Breaker } from './breaker.ts'
import { isReply, storeFailure, unknownOutcome } from './failure.ts'
import type { Withdrawal } from './port.ts'

export class Deadlines {
  readonly #milliseconds: number
  readonly #breaker: Breaker
  readonly #onRefusal: (reply: Error) => void
  /** Stands before the oldest and after the youngest. */
  readonly #ends = new Link()
  #timer: NodeJS.Timeout | undefined
  #waiting = 0

  /** `onRefusal` hears of each error that Redis replied. */
  constructor(milliseconds: number, breaker: Breaker, onRefusal: (reply: Error) => void) {
    this.#milliseconds = milliseconds
    this.#breaker = breaker
    this.#onRefusal = onRefusal
  }

  /** How many commands are waiting for their answer. */
  get waiting(): number {
    return this.#waiting
  }

  /** Waits for what `send` returns, within the deadline. */
  guard<T>(send: (withdrawal: Withdrawal) => Promise<T>): Promise<T> {
    return this.begin((pending) => pending.follow(send(pending)), OF_NO_KEY)
  }

  /**
   * Waits for the outcome that the pending call is told: its answer, or a failure, which becomes an error of ours. At the
   * deadline the call rejects and what was not sent yet is withdrawn; a reply that comes later is discarded. A change that
   * was sent and not answered has an unknown outcome.
   */
  begin<T>(send: (pending: Pending) => void, call: CallFacts): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const at = performance.now() + this.#milliseconds
      const waiting = new Waiting(call, at, this, resolve as (reply: unknown) => void, reject)
      waiting.linkBefore(this.#ends)
      this.#waiting += 1
      this.#timer ??= this.#arm(this.#milliseconds)
      try {
        send(waiting)
      } catch (failure) {
        waiting.fail(failure)
      }
    })
  }

  /** Hears of a waiting call that is answered. Past the deadline that is none: whoever waited has been told so. */
  answered(waiting: Waiting): void {
    if (!waiting.unlink()) return
    this.#waiting -= 1
    if (waiting.node !== null) this.#breaker.answered(waiting.node)
  }

  /** Hears of one that Redis refused. */
  refused(waiting: Waiting, reply: Error): void {
    this.answered(waiting)
    this.#onRefusal(reply)
  }

  /** Hears of one that was not answered. */
  failed(waiting: Waiting): void {
    if (!waiting.unlink()) return
    this.#waiting -= 1
    if (waiting.node !== null) this.#breaker.failed(waiting.node, waiting.at - this.#milliseconds)
  }

  #arm(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => this.#sweep(), milliseconds).unref()
  }

  #sweep(): void {
    const now = performance.now()
    let oldest = this.#oldest
    while (oldest !== null && oldest.at <= now) {
      this.failed(oldest)
      oldest.expire(new CommandTimeoutError(`Redis did not answer within ${this.#milliseconds} ms`))
      oldest = this.#oldest
    }
    this.#timer = oldest === null ? undefined : this.#arm(Math.max(1, oldest.at - now))
  }

  get #oldest(): Waiting | null {
    const { next } = this.#ends
    return next === this.#ends ? null : (next as Waiting)
  }
}

/** A command under way: what its client sees of it, and who tells its outcome, once. */
export interface Pending extends Withdrawal {
  answer(reply: unknown): void
  fail(failure: unknown): void
  /** Has the outcome of this promise. */
  follow(outcome: Promise<unknown>): void
}

export interface CallFacts {
  /** What no error may show; `null` when there is none. */
  readonly key: string | null
  readonly isChange: boolean
  /** What the breaker hears of; `null`: it hears nothing. */
  readonly node: string | null
}

const OF_NO_KEY: CallFacts = { key: null, isChange: false, node: null }

/** A link of a ring. One that is by itself leads to itself. */
class Link {
  previous: Link = this
  next: Link = this

  linkBefore(next: Link): void {
    this.previous = next.previous
    this.next = next
    this.previous.next = this
    next.previous = this
  }

  /** Whether it was in a ring with others. */
  unlink(): boolean {
    if (this.next === this) return false
    this.previous.next = this.next
    this.next.previous = this.previous
    this.previous = this
    this.next = this
    return true
  }
}

class Waiting extends Link implements Pending {
  /** When the deadline passes. */
  readonly at: number
  readonly node: string | null
  readonly isChange: boolean
  readonly #key: string | null
  readonly #deadlines: Deadlines
  readonly #resolve: (reply: unknown) => void
  readonly #reject: (error: Error) => void
  aborted = false
  sent = false
  #withdraw: (() => void) | null = null

  constructor(
    { key, isChange, node }: CallFacts,
    at: number,
    deadlines: Deadlines,
    resolve: (reply: unknown) => void,
    reject: (error: Error) => void,
  ) {
    super()
    this.at = at
    this.#key = key
    this.isChange = isChange
    this.node = node
    this.#deadlines = deadlines
    this.#resolve = resolve
    this.#reject = reject
  }

  answer(reply: unknown): void {
    this.#deadlines.answered(this)
    this.#resolve(reply)
  }

  fail(failure: unknown): void {
    this.#reject(this.isUnanswered(failure) ? unknownOutcome(failure, this.#key) : storeFailure(failure, this.#key))
    if (isReply(failure)) this.#deadlines.refused(this, failure)
    else this.#deadlines.failed(this)
  }

  follow(outcome: Promise<unknown>): void {
    outcome.then(
      (reply) => this.answer(reply),
      (failure) => this.fail(failure),
    )
  }

  /** From now on the command waits to be sent. */
  addEventListener(_type: 'abort', withdraw: () => void): void {
    this.sent = false
    this.#withdraw = withdraw
  }

  /** The command is being sent, or dropped, which cannot be told apart. */
  removeEventListener(): void {
    this.sent = true
    this.#withdraw = null
  }

  /** Whether this failure leaves open what became of a change. */
  isUnanswered(failure: unknown): boolean {
    return this.isChange && this.sent && !isReply(failure)
  }

  expire(error: SojournError): void {
    this.aborted = true
    this.#reject(this.isUnanswered(error) ? unknownOutcome(error, null) : error)
    this.#withdraw?.()
  }
}
