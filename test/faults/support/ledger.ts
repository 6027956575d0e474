/** What one session was told, and what it may therefore hold: acknowledged writes for sure, unanswered ones perhaps. */

/** An acknowledged write that is not there any more. `at` is when it was acknowledged, by `performance.now()`. */
export interface Loss {
  readonly what: string
  readonly at: number
}

interface Acknowledged {
  readonly value: number
  readonly at: number
}

export class Ledger {
  readonly owner: string
  id: string
  /** When the session came to this ID. */
  since = performance.now()
  readonly losses: Loss[] = []
  readonly violations: string[] = []
  #counted: Acknowledged[] = [{ value: 0, at: performance.now() }]
  /** Increments whose outcome nobody told. */
  #open = 0

  constructor(owner: string, id: string) {
    this.owner = owner
    this.id = id
  }

  incremented(value: number): void {
    this.#observe(value, 1)
    this.#counted.push({ value, at: performance.now() })
  }

  incrementUnknown(): void {
    this.#open += 1
  }

  moved(id: string): void {
    this.id = id
    this.since = performance.now()
  }

  read(data: Readonly<Record<string, string>>): void {
    if (data['owner'] !== this.owner) this.violations.push(`${this.owner} was shown what is ${data['owner']}'s`)
    this.#observe(Number(data['n']), 0)
  }

  absent(): void {
    this.losses.push({ what: 'a session', at: this.since })
  }

  /** `own` is how many of the increments in the value have just been acknowledged. */
  #observe(value: number, own: number): void {
    const last = this.#counted.at(-1) as Acknowledged
    const expected = last.value + own
    if (value > expected + this.#open) {
      this.violations.push(`${value} where ${expected} to ${expected + this.#open} were counted`)
    }
    if (value < expected) {
      const lost = this.#counted.find((each) => each.value + own > value) as Acknowledged
      this.losses.push({ what: `${expected - value} increments`, at: lost.at })
      this.#counted = this.#counted.filter((each) => each.value < value)
    }
    this.#open -= Math.min(this.#open, Math.max(0, value - expected))
    this.#counted.push({ value: value - own, at: last.at })
  }
}
