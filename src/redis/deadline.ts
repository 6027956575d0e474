/**
 * A deadline on every command, without a timer for every command: all deadlines of a store are equally far
 * away, so they pass in the order in which they were set, and one timer, for the oldest, is enough.
 */
import { CommandTimeoutError } from '../errors.ts'
import { storeFailure } from './failure.ts'

interface Waiting {
  readonly at: number
  readonly expire: () => void
  settled: boolean
}

export class Deadlines {
  readonly #milliseconds: number
  #queue: Waiting[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds
  }

  /**
   * Passes the outcome on, a failure as an error of ours, or rejects at the deadline; a reply that comes later is discarded.
   * `key` is what no error may show.
   */
  guard<T>(outcome: Promise<T>, key: string | null): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiting: Waiting = {
        at: performance.now() + this.#milliseconds,
        expire: () => reject(new CommandTimeoutError(`Redis did not answer within ${this.#milliseconds} ms`)),
        settled: false,
      }
      this.#queue.push(waiting)
      this.#timer ??= this.#arm(this.#milliseconds)
      outcome.then(
        (value) => {
          waiting.settled = true
          resolve(value)
        },
        (error) => {
          waiting.settled = true
          reject(storeFailure(error, key))
        },
      )
    })
  }

  #arm(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => this.#sweep(), milliseconds).unref()
  }

  #sweep(): void {
    const now = performance.now()
    const firstAhead = this.#queue.findIndex((waiting) => !waiting.settled && waiting.at > now)
    const passed = firstAhead === -1 ? this.#queue : this.#queue.slice(0, firstAhead)
    this.#queue = firstAhead === -1 ? [] : this.#queue.slice(firstAhead)
    for (const waiting of passed) {
      if (!waiting.settled) waiting.expire()
    }
    const next = this.#queue[0]
    this.#timer = next && this.#arm(Math.max(1, next.at - now))
  }
}
