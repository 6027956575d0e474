/**
 * The atomic steps that a store is made of. Each works on one key and is indivisible, so every protocol over several keys
 * (a rotation, a move between indexes) is a sequence of these, on any topology.
 *
 * A session is addressed by its *name*, the end of its key: the ID, or its hash. A step meets a name in one of four states:
 * absent, live, rotated, or held for a session about to live. Only live sessions are read or written; a rotated one answers
 * with where it went; the rest is `null`.
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

/** The reply of a step whose caller saw the session otherwise than it is: nothing happened; look again. */
export const CONFLICT: unique symbol = Symbol('conflict')
export type Conflict = typeof CONFLICT

/** `null` when absent. */
export type Reply<T> = T | Moved | null

/** What a caller saw of a session, and its step depends on. */
export interface Seen {
  /** Names and values; `null` for a field that was not there. */
  readonly fields: readonly (readonly [string, string | null])[]
  /** How many application fields there were; `null` when that does not matter. */
  readonly size: number | null
  /** A list that all its announced entries must be in; `null` when that does not matter. */
  readonly within: readonly string[] | null
}

export interface NewSession {
  readonly fields: FlatFields
  readonly ttl: number
  readonly absoluteTtl: number | null
  readonly authenticated: boolean
  /** Until when its index entries last, in milliseconds since 1970, for a session whose name is held; else `null`. */
  readonly heldUntil: number | null
}

export interface Changes {
  readonly set: FlatFields
  /** None of those that are set. */
  readonly remove: readonly string[]
  /** `null` keeps the TTL that the session has. */
  readonly ttl: number | null
}

export const NO_CHANGES: Changes = { set: [], remove: [], ttl: null }

export interface Reservation {
  /** The index entries that the session is to have. */
  readonly entries: readonly string[]
  /** The name of the session that it succeeds; `null` for a new one. */
  readonly predecessor: string | null
}

export interface Seal {
  readonly successor: string
  /** Seconds. */
  readonly grace: number
  readonly set: FlatFields
  readonly authenticated: boolean
  /** The successor's index entries and until when they last; `null` without indexes. */
  readonly indexed: { readonly entries: readonly string[]; readonly until: number } | null
}

export interface Announcement {
  readonly add: readonly string[]
  readonly remove: readonly string[]
  /** Until when the session's entries last, in milliseconds since 1970; `null` leaves that as it is. */
  readonly until: number | null
}

/** What is known of a session without its fields. */
export interface Vitals {
  readonly createdAt: string
  readonly lastAccessedAt: string
  readonly configuredTtl: number
  /** Milliseconds until the key expires. */
  readonly remaining: number
}

/** Everything under a name, whatever its state. */
export interface Holding {
  readonly fields: FlatFields
  /** Milliseconds until the key expires. */
  readonly remaining: number
  /** The time on the engine's clock, in milliseconds since 1970. */
  readonly now: number
}

/** Steps on the key of one session. */
export interface Engine {
  /** Told of each session that a write could not let live as long as its TTL says, for its index entries last no longer. */
  onCapped: ((name: string) => void) | null
  /** The time on the engine's clock in milliseconds since 1970; `null` when that is not known without asking. */
  now(): number | null
  /** Creates a live session; `false` when the name is taken, or held no more. */
  create(name: string, session: NewSession): Promise<boolean>
  /** All fields of the session. With `refresh`, the idle TTL starts again. */
  read(name: string, refresh: boolean): Promise<Reply<FlatFields>>
  /**
   * Applies the changes, refreshes, and returns how many fields were removed. Without a TTL, changed fields leave the end
   * where it is of a session that ends with its cookie; so does `increment`.
   */
  write(name: string, changes: Changes): Promise<Reply<number>>
  write(name: string, changes: Changes, seen: Seen): Promise<Reply<number> | Conflict>
  /** Adds to a field, refreshes, and returns the new value in decimal. */
  increment(name: string, field: string, amount: string): Promise<Reply<string>>
  increment(name: string, field: string, amount: string, seen: Seen): Promise<Reply<string> | Conflict>
  vitals(name: string): Promise<Reply<Vitals>>
  /**
   * Ends a live session and returns its index entries; `null` when there was none. Anything else that a hash holds under the
   * name goes too.
   */
  end(name: string): Promise<Reply<readonly string[]>>
  end(name: string, seen: Seen): Promise<Reply<readonly string[]> | Conflict>

  /** Holds a name for a session about to live, for a minute, and returns the time; `null` when it is taken. */
  reserve(name: string, reservation: Reservation): Promise<number | null>
  /** Ends a live session in favour of its successor and returns the fields to hand over. */
  seal(name: string, seal: Seal, seen: Seen | null): Promise<Reply<string> | Conflict>
  /** Brings a held name to life with the fields handed over, once. `false` when the successor was ended. */
  settle(name: string, handover: string): Promise<boolean>
  /** Drops the handover from a rotated session whose successor is complete. */
  release(name: string): Promise<void>

  /** Notes on a live session which index entries it may have from now on, and which it has no more. */
  announce(name: string, announcement: Announcement, seen: Seen | null): Promise<Reply<true> | Conflict>
  /** Everything under a name; `null` when there is nothing. */
  inspect(name: string): Promise<Holding | null>

  /** The names of all keys that may hold sessions, in batches, of which some may be empty. */
  names(): AsyncIterable<string[]>
}

export interface Entry {
  readonly name: string
  /** When it entered, in microseconds. The later has the higher order; a name that enters again gets a new one. */
  readonly order: string
}

export interface Entered {
  readonly order: string
  /** Up to two other sessions that stand there, picked at random: whoever enters looks after them. */
  readonly others: readonly string[]
}

export interface Entering {
  /** Until when the entry is needed, in milliseconds since 1970. */
  readonly until: number
  /** An order to take over from another entry; `null` for a new one. */
  readonly order: string | null
  /** The epoch in which a login began; `null` when it does not matter. */
  readonly epoch: string | null
}

/** Steps on the key of one index entry list: the sessions under one value of one index. */
export interface IndexEngine {
  /** Enters a session; `null` when the epoch has passed. */
  enter(list: string, name: string, entering: Entering): Promise<Entered | null>
  /** Takes a session out, if it still has that order; `null` for any. */
  leave(list: string, name: string, order: string | null): Promise<void>
  /** The order of a session; `null` when it is not there. */
  orderOf(list: string, name: string): Promise<string | null>
  /** Up to `count` entries of at most that order (`null`: the highest), newest first. */
  page(list: string, highest: string | null, count: number): Promise<Entry[]>
  /** The epoch; with `pass`, a new one begins. */
  epoch(list: string, pass: boolean): Promise<string>
}
