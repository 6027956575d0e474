import type { RedisCalls } from './calls.ts'
import { expected, isList } from './expected.ts'

const REFRESH_EVERY = 60_000

/**
 * What time it is on Redis, without asking on each call: good enough to say that a read need not touch, never to
 * say that a session lives or dies. The process's own clock does not enter into it, only its monotonic counter.
 */
export class RedisClock {
  readonly #calls: RedisCalls
  #offset: number | null = null
  #asked = Number.NEGATIVE_INFINITY

  constructor(calls: RedisCalls) {
    this.#calls = calls
  }

  /** Milliseconds since 1970 on Redis, or `null` as long as that is not known. */
  now(): number | null {
    const counter = performance.now()
    if (counter - this.#asked > REFRESH_EVERY) {
      this.#asked = counter
      void this.#ask(counter)
    }
    return this.#offset === null ? null : counter + this.#offset
  }

  async #ask(sent: number): Promise<void> {
    try {
      const [seconds, microseconds] = expected(isList, await this.#calls.time())
      this.#offset = Number(seconds) * 1000 + Number(microseconds) / 1000 - (sent + performance.now()) / 2
    } catch {
      this.#asked = Number.NEGATIVE_INFINITY
    }
  }
}
