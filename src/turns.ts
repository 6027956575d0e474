const NOW = Promise.resolve()

/** Operations of one request on its session: they follow each other, in the order in which they were asked for. */
export class Turns {
  #last: Promise<unknown> = NOW
  #open = 0

  /** Whether nothing is under way or waiting. */
  get areOver(): boolean {
    return this.#open === 0
  }

  /** Runs the operation after those before it, whether they succeeded or not; at once, if there are none. */
  async take<T>(operation: () => Promise<T>): Promise<T> {
    const isNext = this.areOver
    this.#open += 1
    try {
      const turn = isNext ? operation() : this.#last.then(operation)
      this.#last = turn.catch(() => {})
      return await turn
    } finally {
      this.#open -= 1
    }
  }
}
