/**
 * A deadline on every command, without a timer for every command: all deadlines of a store are equally far away, so they
 * pass in the order in which they were set, and one timer, for the oldest, is enough. The waiting commands are a linked
 * list, from which each takes itself out when it is answered: nothing that is over is kept.
 */
import { CommandTimeoutError } from '../errors.ts'
import { storeFailure } from './failure.ts'

interface Waiting {
  at: number
  expire: () => void
  previous: Waiting
  next: Waiting
}

export class Deadlines {
  readonly #milliseconds: number
  /** Stands before the oldest and after the youngest. */
  readonly #ends: Waiting
  #timer: NodeJS.Timeout | undefined

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds
    const ends = { at: 0, expire: () => {} } as Waiting
    ends.previous = ends
    ends.next = ends
    this.#ends = ends
  }

  /**
   * Passes the outcome on, a failure as an error of ours, or rejects at the deadline; a reply that comes later is discarded.
   * `key` is what no error may show.
   */
  guard<T>(outcome: Promise<T>, key: string | null): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiting = this.#wait(() =>
        reject(new CommandTimeoutError(`Redis did not answer within ${this.#milliseconds} ms`)),
      )
      outcome.then(
        (value) => {
          unlink(waiting)
          resolve(value)
        },
        (error) => {
          unlink(waiting)
          reject(storeFailure(error, key))
        },
      )
    })
  }

  #wait(expire: () => void): Waiting {
    const ends = this.#ends
    const waiting = { at: performance.now() + this.#milliseconds, expire, previous: ends.previous, next: ends }
    ends.previous.next = waiting
    ends.previous = waiting
    this.#timer ??= this.#arm(this.#milliseconds)
    return waiting
  }

  #arm(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => this.#sweep(), milliseconds).unref()
  }

  #sweep(): void {
    const now = performance.now()
    let oldest = this.#ends.next
    while (oldest !== this.#ends && oldest.at <= now) {
      unlink(oldest)
      oldest.expire()
      oldest = this.#ends.next
    }
    this.#timer = oldest === this.#ends ? undefined : this.#arm(Math.max(1, oldest.at - now))
  }
}

/** Safe to repeat: one that was taken out leads to itself. */
function unlink(waiting: Waiting): void {
  waiting.previous.next = waiting.next
  waiting.next.previous = waiting.previous
  waiting.previous = waiting
  waiting.next = waiting
}
