interface Entry<T> {
  value: T
  expiresAt: number
}

/** How many entries each insertion looks at: two for one keeps the dead below the living without ever stopping to sweep. */
const SWEPT_PER_INSERTION = 2

/**
 * A map whose entries expire, without a timer: an expired entry is gone when it is asked for, and the memory of
 * those that nobody asks for is taken back a little with each insertion.
 */
export class ExpiringMap<T> {
  readonly #entries = new Map<string, Entry<T>>()
  readonly #now: () => number
  #sweep: Iterator<[string, Entry<T>]> = this.#entries.entries()

  constructor(now: () => number) {
    this.#now = now
  }

  get(name: string): T | undefined {
    return this.#live(name)?.value
  }

  /** When a live entry expires. */
  expiryOf(name: string): number {
    return this.#live(name)?.expiresAt ?? this.#now()
  }

  set(name: string, value: T, expiresAt: number): void {
    this.#entries.set(name, { value, expiresAt })
    for (let i = 0; i < SWEPT_PER_INSERTION; i++) this.#sweepOne()
  }

  expireAt(name: string, expiresAt: number): void {
    const entry = this.#entries.get(name)
    if (entry !== undefined) entry.expiresAt = expiresAt
  }

  delete(name: string): void {
    this.#entries.delete(name)
  }

  /** Names of live entries, in order of insertion; entries may come and go meanwhile. */
  *names(): Generator<string> {
    for (const [name, entry] of this.#entries) {
      if (entry.expiresAt > this.#now()) yield name
    }
  }

  /** How many entries are held, expired ones included. */
  get size(): number {
    return this.#entries.size
  }

  #live(name: string): Entry<T> | undefined {
    const entry = this.#entries.get(name)
    if (entry === undefined || entry.expiresAt > this.#now()) return entry
    this.#entries.delete(name)
    return undefined
  }

  #sweepOne(): void {
    const next = this.#sweep.next()
    if (next.done === true) {
      this.#sweep = this.#entries.entries()
      return
    }
    const [name, entry] = next.value
    if (entry.expiresAt <= this.#now()) this.#entries.delete(name)
  }
}
