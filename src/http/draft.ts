/** A session as one request sees it: the fields that were read, under the request's own changes, sent or not. */
import { isReserved, type SessionData } from '../record.ts'

/** A string to set; `null` to remove the field. */
export type Change = string | null

/** What a save sends. */
export interface Unsent {
  readonly set: SessionData
  readonly remove: readonly string[]
  /** The new idle TTL in seconds, if it is to change. */
  readonly ttl: number | undefined
}

const NOTHING: SessionData = Object.freeze(Object.create(null))

export class Draft {
  #stored: Readonly<SessionData> = NOTHING
  /** What this request changed, from the beginning on. Most requests change nothing, so there is nothing to begin with. */
  #own: Map<string, Change> | null = null
  #unsent: Map<string, Change> | null = null
  #unsentTtl: number | undefined

  /** Begins with what was read. */
  begin(stored: Readonly<SessionData>): void {
    this.#stored = stored
  }

  get(field: string): string | undefined {
    const own = this.#own?.get(field)
    if (own !== undefined) return own ?? undefined
    return isReserved(field) ? undefined : this.#stored[field]
  }

  has(field: string): boolean {
    return this.get(field) !== undefined
  }

  names(): string[] {
    const own = this.#own
    const stored = Object.keys(this.#stored).filter((field) => !isReserved(field) && own?.get(field) !== null)
    if (own === null) return stored
    const added = [...own].filter(([field, change]) => change !== null && this.#stored[field] === undefined)
    return [...stored, ...added.map(([field]) => field)]
  }

  /** All fields. */
  get data(): SessionData {
    const data: SessionData = Object.create(null)
    for (const field of this.names()) data[field] = this.get(field) as string
    return data
  }

  /** Changes a field; the next save sends it. */
  change(field: string, change: Change): void {
    this.learn(field, change)
    this.#unsent ??= new Map()
    this.#unsent.set(field, change)
  }

  changeTtl(seconds: number): void {
    this.#unsentTtl = seconds
  }

  /** Changes a field as it is stored by now. */
  learn(field: string, change: Change): void {
    this.#own ??= new Map()
    this.#own.set(field, change)
  }

  learnAll(data: SessionData): void {
    for (const [field, value] of Object.entries(data)) this.learn(field, value)
  }

  get isUnsent(): boolean {
    return this.#unsent !== null || this.#unsentTtl !== undefined
  }

  /** Whether a change of the field has not been sent. */
  holds(field: string): boolean {
    return this.#unsent?.has(field) === true
  }

  /** The changes to send, which count as sent from then on. */
  take(): Unsent {
    const set: SessionData = Object.create(null)
    const remove: string[] = []
    for (const [field, change] of this.#unsent ?? []) {
      if (change === null) remove.push(field)
      else set[field] = change
    }
    const ttl = this.#unsentTtl
    this.#unsent = null
    this.#unsentTtl = undefined
    return { set, remove, ttl }
  }

  /** Takes back what was not sent after all, under what has changed since. */
  giveBack({ set, remove, ttl }: Unsent): void {
    this.#unsentTtl ??= ttl
    const unsent = new Map<string, Change>(Object.entries(set))
    for (const field of remove) unsent.set(field, null)
    for (const [field, change] of this.#unsent ?? []) unsent.set(field, change)
    this.#unsent = unsent.size > 0 ? unsent : null
  }

  forget(): void {
    this.#stored = NOTHING
    this.#own = null
    this.#unsent = null
    this.#unsentTtl = undefined
  }
}
