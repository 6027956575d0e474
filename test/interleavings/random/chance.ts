/** Chance that repeats itself: the same seed, the same choices. */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = (Math.imul(seed, 2_654_435_761) >>> 0) % 2_147_483_646 || 1
    this.below(1) // near seeds begin alike
  }

  /** A whole number from 0 to one less than the limit. */
  below(limit: number): number {
    this.#state = (this.#state * 48_271) % 2_147_483_647
    return this.#state % limit
  }

  oneOf<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T
  }

  /** Once in so many times. */
  oneIn(times: number): boolean {
    return this.below(times) === 0
  }
}
