/**
 * The atomic steps that a store is made of. Each works on the one key of one session and is indivisible,
 * so every protocol over several keys (a rotation, say) is a sequence of these, on any topology.
 *
 * A session is addressed by its *name*, the end of its key: the ID, or its hash.
 * Steps meet a key in one of four states: absent, live, rotated, or held for a session about to live.
 * Only live sessions are read or written; a rotated one answers with where it went; the rest is `null`.
 */
import type { FlatFields } from './record.ts'

/** The reply of a step on a rotated session. */
export class Moved {
  /** The successor's ID, sealed for the holder of the old ID. */
  readonly successor: string
  /** The successor's fields, as long as it may not have them yet: pass them to `settle` first. Empty afterwards. */
  readonly handover: string

  constructor(successor: string, handover: string) {
    this.successor = successor
    this.handover = handover
  }
}

/** `null` when absent. */
export type Reply<T> = T | Moved | null

export interface NewSession {
  readonly fields: FlatFields
  readonly ttl: number
  readonly absoluteTtl: number | null
  readonly authenticated: boolean
}

export interface Changes {
  readonly set: FlatFields
  readonly remove: readonly string[]
  /** `null` keeps the TTL that the session has. */
  readonly ttl: number | null
}

export const NO_CHANGES: Changes = { set: [], remove: [], ttl: null }

export interface Seal {
  readonly successor: string
  /** Seconds. */
  readonly grace: number
  readonly set: FlatFields
  readonly authenticated: boolean
}

/** What is known of a session without its fields. */
export interface Vitals {
  readonly createdAt: string
  readonly lastAccessedAt: string
  readonly configuredTtl: number
  /** Milliseconds until the key expires. */
  readonly remaining: number
}

export interface Engine {
  /** The time on the engine's clock in milliseconds since 1970; `null` when that is not known without asking. */
  now(): number | null
  /** Creates a live session; `false` when the name is taken. */
  create(name: string, session: NewSession): Promise<boolean>
  /** All fields of the session. With `refresh`, the idle TTL starts again. */
  read(name: string, refresh: boolean): Promise<Reply<FlatFields>>
  /** Applies the changes, refreshes, and returns how many fields were removed. */
  write(name: string, changes: Changes): Promise<Reply<number>>
  /** Adds to a field, refreshes, and returns the new value in decimal. */
  increment(name: string, field: string, amount: string): Promise<Reply<string>>
  vitals(name: string): Promise<Reply<Vitals>>
  /** Ends a live session; `false` when there was none. Anything else that a hash holds under the name goes too. */
  end(name: string): Promise<Reply<boolean>>

  /** Holds a name for a session about to live, for a minute; `false` when it is taken. */
  reserve(name: string): Promise<boolean>
  /** Ends a live session in favour of its successor and returns the fields to hand over. */
  seal(name: string, seal: Seal): Promise<Reply<string>>
  /** Brings a held name to life with the fields handed over, once. Whether a live session is there now. */
  settle(name: string, handover: string): Promise<boolean>
  /** Drops the handover from a rotated session whose successor is complete. */
  release(name: string): Promise<void>

  /** The names of all keys that may hold sessions, in batches. */
  names(): AsyncIterable<string[]>
}
