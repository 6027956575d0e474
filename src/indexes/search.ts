/** Questions across sessions, answered from the indexes. */

import { afterChange } from '../after-change.ts'
import { untilUndisturbed } from '../begin-again.ts'
import { CONFLICT, type Engine, type IndexEngine } from '../engine.ts'
import { InvalidArgumentError } from '../errors.ts'
import type { SessionData } from '../record.ts'
import { show } from '../show.ts'
import { checkIndexValue, type Indexes, listOf } from './declarations.ts'
import { endPresent } from './ending.ts'
import type { LoginEpoch } from './login.ts'
import { OLDEST } from './membership.ts'
import type { Present, Roll } from './roll.ts'
import { Spared } from './spared.ts'

/** Values by index: a session has to have all of them. */
export type Criteria = Readonly<Record<string, string>>

/** A live session that was found, by the name of its key. */
export interface Found extends Present {
  readonly standing: Extract<Present['standing'], { is: 'live' }>
}

/** How many sessions are being ended at a time. */
const AT_ONCE = 100

type Lists = readonly [string, ...string[]]

export interface SearchParts {
  readonly engine: Engine
  readonly indexEngine: IndexEngine
  readonly indexes: Indexes
  readonly roll: Roll
}

export class Search {
  readonly #parts: SearchParts

  constructor(parts: SearchParts) {
    this.#parts = parts
  }

  /** Live sessions, newest first: one that is rotated meanwhile is not found again by its successor, which takes its place. */
  async *find(criteria: Criteria): AsyncGenerator<Found> {
    let place = OLDEST
    for await (const session of this.#listed(criteria)) {
      if (session.order !== OLDEST && session.order === place) continue
      place = session.order
      yield session
    }
  }

  async *#listed(criteria: Criteria): AsyncGenerator<Found> {
    const lists = this.#listsOf(criteria)
    for await (const { present } of this.#parts.roll.pages(lists[0])) {
      for (const session of present) if (isFound(session) && this.#matches(session, lists)) yield session
    }
  }

  /** Who is to be spared when sessions that match are ended: nobody yet. */
  sparing(criteria: Criteria): Spared {
    return new Spared(this.#parts, this.#listsOf(criteria)[0])
  }

  /**
   * Ends all sessions that match, but for those that are spared, and returns how many there were. It is done when a
   * look at the whole list finds none: what was rotating meanwhile stands there under its new name by then.
   */
  async end(criteria: Criteria, spared: Spared): Promise<number> {
    const lists = this.#listsOf(criteria)
    if (lists.length === 1) await this.#parts.indexEngine.epoch(lists[0], true)
    const doomed = await this.#doomed(lists, spared)
    return doomed.length === 0 ? 0 : afterChange(this.#endAll(lists, doomed, spared))
  }

  /** Ends these sessions, and all that are found when the list is looked at again. */
  #endAll(lists: Lists, first: readonly Present[], spared: Spared): Promise<number> {
    let ended = 0
    let doomed = first
    return untilUndisturbed(async () => {
      for (let first = 0; first < doomed.length; first += AT_ONCE) {
        const some = doomed.slice(first, first + AT_ONCE)
        const outcomes = await Promise.all(some.map((session) => endPresent(this.#parts, session)))
        ended += outcomes.filter((outcome, i) => outcome && some[i]?.standing.is === 'live').length
      }
      doomed = await this.#doomed(lists, spared)
      return doomed.length === 0 ? ended : CONFLICT
    })
  }

  async #doomed(lists: Lists, spared: Spared): Promise<Present[]> {
    const present = await this.#parts.roll.settled(lists[0])
    return spared.without(present).filter((session) => this.#matches(session, lists))
  }

  /** Ends one session that matches; whether it was there. */
  endOne(criteria: Criteria, isMeant: (name: string) => boolean): Promise<boolean> {
    return untilUndisturbed(async () => {
      let meant: Found | undefined
      for await (const session of this.#listed(criteria)) if (isMeant(session.name)) meant = session
      if (meant === undefined) return false
      return (await endPresent(this.#parts, meant)) || CONFLICT
    })
  }

  /** The epoch in which a login begins. */
  async loginEpoch(criteria: Criteria): Promise<LoginEpoch> {
    const lists = this.#listsOf(criteria)
    if (lists.length > 1) throw new InvalidArgumentError('a login belongs to one index value, got several')
    const [index, value] = Object.entries(criteria)[0] as [string, string]
    return { index, value, epoch: await this.#parts.indexEngine.epoch(lists[0], false) }
  }

  #matches(session: Present, lists: readonly string[]): boolean {
    return lists.every((list) => this.#parts.roll.belongs(list, session))
  }

  #listsOf(criteria: Criteria): Lists {
    if (typeof criteria !== 'object' || criteria === null) {
      throw new InvalidArgumentError(`criteria must be an object such as { user_id: '42' }, got ${show(criteria)}`)
    }
    const lists = Object.entries(criteria).map(([index, value]) => {
      if (!this.#parts.indexes.has(index)) throw new InvalidArgumentError(`there is no index ${show(index)}`)
      checkIndexValue(index, value)
      return listOf(index, value)
    })
    if (lists.length === 0) throw new InvalidArgumentError("criteria must name an index, such as { user_id: '42' }")
    return lists as [string, ...string[]]
  }
}

function isFound(session: Present): session is Found {
  return session.standing.is === 'live'
}

/** The fields asked for, where they are there. */
export function pick(data: SessionData, fields: readonly string[]): SessionData {
  const picked: SessionData = Object.create(null)
  for (const field of fields) {
    const value = data[field]
    if (value !== undefined) picked[field] = value
  }
  return picked
}
