/** Where requests of one server wait for each other. */

/** Lets requests go on when so many have come, and then begins anew. */
export class Meeting {
  readonly #size: number
  #waiting: (() => void)[] = []

  constructor(size: number) {
    this.#size = size
  }

  come(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (this.#waiting.length < this.#size) return
      for (const go of this.#waiting) go()
      this.#waiting = []
    })
  }
}

/** Each call lets one request go on, whichever of the two is there first. */
export class Signal {
  readonly #waiting: (() => void)[] = []
  #given = 0

  give(): void {
    const go = this.#waiting.shift()
    if (go === undefined) this.#given += 1
    else go()
  }

  async wait(): Promise<void> {
    if (this.#given > 0) this.#given -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }
}
