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
  take<T>(operation: () => Promise<T>): Promise<T> {
    const isNext = this.areOver
    this.#open += 1
    const turn = isNext ? begin(operation) : this.#last.then(operation)
    const over = () => {
      this.#open -= 1
    }
    this.#last = turn.then(over, over)
    return turn
  }
}

function begin<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return operation()
  } catch (error) {
    return Promise.reject(error)
  }
}
