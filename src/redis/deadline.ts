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
  readonly #ends: Waiting
  #timer: NodeJS.Timeout | undefined
  #waiting = 0

  /** `onRefusal` hears of each error that Redis replied. */
  constructor(milliseconds: number, breaker: Breaker, onRefusal: (reply: Error) => void) {
    this.#milliseconds = milliseconds
    this.#breaker = breaker
    this.#onRefusal = onRefusal
    this.#ends = new Waiting(0, null, false, () => {})
  }

  /** How many commands are waiting for their answer. */
  get waiting(): number {
    return this.#waiting
  }

  /**
   * Passes the outcome on, a failure as an error of ours, or rejects at the deadline and withdraws what was not sent yet; a
   * reply that comes later is discarded. A change that was sent and not answered has an unknown outcome. `key` is what no
   * error may show; `node`, if there is one, is what the breaker hears of.
   */
  guard<T>(
    send: (withdrawal: Withdrawal) => Promise<T>,
    key: string | null,
    isChange = false,
    node: string | null = null,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiting = this.#wait(node, isChange, reject)
      send(waiting).then(
        (value) => {
          this.#answered(waiting)
          resolve(value)
        },
        (error) => {
          if (isReply(error)) this.#refused(waiting, error)
          else this.#failed(waiting)
          reject(waiting.isUnanswered(error) ? unknownOutcome(error, key) : storeFailure(error, key))
        },
      )
    })
  }

  #wait(node: string | null, isChange: boolean, reject: (error: Error) => void): Waiting {
    const waiting = new Waiting(performance.now() + this.#milliseconds, node, isChange, reject)
    waiting.linkBefore(this.#ends)
    this.#waiting += 1
    this.#timer ??= this.#arm(this.#milliseconds)
    return waiting
  }

  /** An answer past the deadline is none: whoever waited has been told so. */
  #answered(waiting: Waiting): void {
    if (!waiting.unlink()) return
    this.#waiting -= 1
    if (waiting.node !== null) this.#breaker.answered(waiting.node)
  }

  #refused(waiting: Waiting, reply: Error): void {
    this.#answered(waiting)
    this.#onRefusal(reply)
  }

  #failed(waiting: Waiting): void {
    if (!waiting.unlink()) return
    this.#waiting -= 1
    if (waiting.node !== null) this.#breaker.failed(waiting.node, waiting.at - this.#milliseconds)
  }

  #arm(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => this.#sweep(), milliseconds).unref()
  }

  #sweep(): void {
    const now = performance.now()
    let oldest = this.#ends.next
    while (oldest !== this.#ends && oldest.at <= now) {
      this.#failed(oldest)
      oldest.expire(new CommandTimeoutError(`Redis did not answer within ${this.#milliseconds} ms`))
      oldest = this.#ends.next
    }
    this.#timer = oldest === this.#ends ? undefined : this.#arm(Math.max(1, oldest.at - now))
  }
}

/** A command under way, and what its client sees of it. */
class Waiting implements Withdrawal {
  readonly at: number
  readonly node: string | null
  readonly isChange: boolean
  readonly #reject: (error: Error) => void
  aborted = false
  sent = false
  #withdraw: (() => void) | null = null
  previous: Waiting = this
  next: Waiting = this

  constructor(at: number, node: string | null, isChange: boolean, reject: (error: Error) => void) {
    this.at = at
    this.node = node
    this.isChange = isChange
    this.#reject = reject
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

  linkBefore(next: Waiting): void {
    this.previous = next.previous
    this.next = next
    this.previous.next = this
    next.previous = this
  }

  /** Whether it was in the list. One that was taken out leads to itself. */
  unlink(): boolean {
    if (this.next === this) return false
    this.previous.next = this.next
    this.next.previous = this.previous
    this.previous = this
    this.next = this
    return true
  }

  expire(error: SojournError): void {
    this.aborted = true
    this.#reject(this.isUnanswered(error) ? unknownOutcome(error, null) : error)
    this.#withdraw?.()
  }
}
