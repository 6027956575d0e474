/** Sessions as they were last read, for as long as nothing says that they have changed. Knows no Redis and no clock. */
import QuickLRU from 'quick-lru'
import type { SessionRecord } from '../../record.ts'

/** A session that is kept. Times are milliseconds on the process's monotonic clock. */
export interface Kept {
  readonly record: SessionRecord
  /** From when on it must not be used. */
  readonly until: number
  /** From when on a use has to be told to Redis. */
  touchAt: number
}

/** A reading under way: what comes of it is kept unless something happened to the session meanwhile. */
export type Reading = symbol

export interface CacheCounters {
  /** Sessions kept at the moment. */
  readonly sessions: number
  /** Reads answered without asking Redis. */
  readonly hits: number
  /** Reads that had to ask. */
  readonly misses: number
  /** Sessions dropped because Redis said that they have changed. */
  readonly invalidations: number
  /** How often everything was dropped, because it was not certain that Redis could still say so. */
  readonly flushes: number
}

export class SessionCache {
  readonly #kept: QuickLRU<string, Kept>
  readonly #readings = new Map<string, Reading>()
  #hits = 0
  #misses = 0
  #invalidations = 0
  #flushes = 0

  /** Keeps up to `maxSessions`, and at least the half of them that were read most lately. */
  constructor(maxSessions: number) {
    // A QuickLRU holds up to twice its size less one: a generation that grows, and the one before it.
    this.#kept = new QuickLRU({ maxSize: Math.floor((maxSessions + 1) / 2) })
  }

  recall(name: string, now: number): Kept | undefined {
    const kept = this.#kept.get(name)
    if (kept !== undefined && now < kept.until) {
      this.#hits += 1
      return kept
    }
    if (kept !== undefined) this.#kept.delete(name)
    this.#misses += 1
    return undefined
  }

  /** Begins a reading, before Redis is asked: whatever is dropped from then on is not kept by it. */
  begin(name: string): Reading {
    const reading: Reading = Symbol()
    this.#readings.set(name, reading)
    return reading
  }

  /** Ends a reading; `null` keeps nothing. */
  end(name: string, reading: Reading, kept: Kept | null): void {
    if (this.#readings.get(name) !== reading) return
    this.#readings.delete(name)
    if (kept !== null) this.#kept.set(name, kept)
  }

  /** Drops a session that this process has changed, or may have. */
  drop(name: string): void {
    this.#readings.delete(name)
    this.#kept.delete(name)
  }

  /** Drops a session that Redis says has changed. */
  invalidate(name: string): void {
    this.#invalidations += 1
    this.drop(name)
  }

  /** Drops everything. */
  flush(): void {
    this.#flushes += 1
    this.#readings.clear()
    this.#kept.clear()
  }

  get counters(): CacheCounters {
    return {
      sessions: [...this.#kept.keys()].length,
      hits: this.#hits,
      misses: this.#misses,
      invalidations: this.#invalidations,
      flushes: this.#flushes,
    }
  }
}
