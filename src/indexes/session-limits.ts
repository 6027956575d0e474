/** How many sessions one value of an index may have. */
import { untilUndisturbed } from '../begin-again.ts'
import { CONFLICT, type Engine, type IndexEngine } from '../engine.ts'
import { InvalidArgumentError, SessionLimitError } from '../errors.ts'
import { show } from '../show.ts'
import type { Indexes } from './declarations.ts'
import { endPresent } from './ending.ts'
import type { Present, Roll } from './roll.ts'

export interface SessionLimit {
  /** The most sessions that one value may have. */
  readonly max: number
  /** What happens when one comes too many: the oldest ends, or the new one is refused with `SessionLimitError`. */
  readonly onExceed: 'end-oldest' | 'refuse'
}

export type SessionLimitDeclarations = Readonly<Record<string, SessionLimit>>

export interface SessionLimitsParts {
  readonly engine: Engine
  readonly indexEngine: IndexEngine
  readonly indexes: Indexes
  readonly roll: Roll
}

export class SessionLimits {
  readonly #limits: SessionLimitDeclarations
  readonly #parts: SessionLimitsParts

  /** @throws {InvalidArgumentError} when a limit is wrong or of no index */
  constructor(limits: SessionLimitDeclarations = {}, parts: SessionLimitsParts) {
    if (typeof limits !== 'object' || limits === null) {
      throw new InvalidArgumentError(`limits must be an object of limits by index, got ${show(limits)}`)
    }
    for (const [index, limit] of Object.entries(limits)) checkLimit(index, limit, parts.indexes)
    this.#limits = limits
    this.#parts = parts
  }

  /**
   * Refuses a session that has entered lists and is not live yet, if as many are ahead of it as there may be. Each that
   * comes looks at those ahead, so of any number at once no more than the limit pass.
   *
   * @throws {SessionLimitError}
   */
  async refuse(name: string, predecessor: string | null, lists: readonly string[]): Promise<void> {
    const { roll } = this.#parts
    for (const list of lists) {
      const limit = this.#limitOf(list)
      if (limit?.onExceed !== 'refuse') continue
      const present = counted(joinedBy(name, await roll.settled(list), (each) => roll.belongs(list, each)))
      const mine = present.findIndex((session) => session.name === name || session.name === predecessor)
      if (mine >= limit.max)
        throw new SessionLimitError(`at most ${limit.max} sessions are allowed, and there are as many`)
    }
  }

  /** Ends the oldest sessions of lists until no more are left than may be. */
  async endOldest(lists: readonly string[]): Promise<void> {
    for (const list of lists) {
      const limit = this.#limitOf(list)
      if (limit?.onExceed === 'end-oldest') await this.#endExcess(list, limit.max)
    }
  }

  #endExcess(list: string, max: number): Promise<void> {
    return untilUndisturbed(async () => {
      const { roll } = this.#parts
      const present = counted((await roll.settled(list)).filter((session) => roll.belongs(list, session)))
      const excess = present.slice(0, Math.max(0, present.length - max))
      if (excess.length === 0) return
      await Promise.all(excess.map((session) => endPresent(this.#parts, session)))
      return CONFLICT // until a look at the list finds no excess
    })
  }

  #limitOf(list: string): SessionLimit | undefined {
    const index = list.slice(0, list.indexOf(':'))
    return Object.hasOwn(this.#limits, index) ? this.#limits[index] : undefined
  }
}

/**
 * A session enters before its fields say that it belongs. Whose fields do not say so after this time, in microseconds as
 * orders are, has crashed on the way, or on the way out.
 */
const JOINING = 60_000_000

/** Those on a list that a session has just entered which belong there, or may be about to. */
function joinedBy(name: string, listed: readonly Present[], belongs: (session: Present) => boolean): Present[] {
  const now = Number(listed.find((session) => session.name === name)?.order)
  return listed.filter((session) => belongs(session) || !(now - Number(session.order) > JOINING))
}

/** A session that is being rotated stands on the list twice, and counts once. */
function counted(present: readonly Present[]): Present[] {
  const names = new Set(present.map(({ name }) => name))
  return present.filter(({ standing }) => standing.is === 'live' || !names.has(standing.predecessor ?? ''))
}

function checkLimit(index: string, limit: unknown, indexes: Indexes): void {
  if (!indexes.has(index)) throw new InvalidArgumentError(`limits: there is no index ${show(index)}`)
  const { max, onExceed } = (limit ?? {}) as Partial<SessionLimit>
  if (!Number.isSafeInteger(max) || (max as number) < 1) {
    throw new InvalidArgumentError(`limits: max must be a whole number of at least 1, got ${show(max)}`)
  }
  if (onExceed !== 'end-oldest' && onExceed !== 'refuse') {
    throw new InvalidArgumentError(`limits: onExceed must be 'end-oldest' or 'refuse', got ${show(onExceed)}`)
  }
}
