/**
 * Keeping sessions and indexes in step, where one key cannot know of another. Two rules carry everything:
 *
 * - A session is *announced* before it is entered: its own key says which lists it is or may be in, before any of them has
 *   it. A key that is not live yet (held) announces just so. So whoever finds a listed session absent may take it out for
 *   good, and whoever finds it live but not announced there may do so too.
 * - Taking out is conditional on the order under which the entry was seen, and each entering anew gives a new order. So what
 *   is entered again meanwhile stays.
 *
 * A session is entered in all its lists before it becomes live or changes its fields, never after: no list ever misses
 * a live session. It counts its departures from lists. If one comes between the look that a change begins with and its
 * step, the change begins again: it may have been taken out where it was entered, even if it is announced there again
 * by a third change that has not entered it yet. What a crash leaves behind is an entry too many, which costs its next
 * reader one look.
 */
import { afterChange } from '../after-change.ts'
import { untilUndisturbed } from '../begin-again.ts'
import {
  CONFLICT,
  type Conflict,
  type Engine,
  type IndexEngine,
  Moved,
  type NewSession,
  type Reply,
  type Seen,
} from '../engine.ts'
import { LoginOvertakenError } from '../errors.ts'
import { DEPARTURES, INDEXED_UNTIL, type SessionData } from '../record.ts'
import { type Indexes, listOf, type Placement, seenBy } from './declarations.ts'
import { checkLogin, type LoginEpoch } from './login.ts'
import type { Roll } from './roll.ts'
import type { SessionLimits } from './session-limits.ts'
import { type LiveStanding, standingOf } from './standing.ts'

/** A change as the protocol sees it: what the session will look like, and the step that makes it so. */
export interface PlannedChange<T> {
  /** The fields that the change sets or removes, whatever they held before. */
  readonly changing: ReadonlySet<string>
  /** The application's fields after the change. */
  after(before: SessionData): SessionData
  step(seen: Seen): Promise<Reply<T> | Conflict>
}

/** Where a rotated session's successor has to be entered before it may live. */
export interface RotationPlan {
  readonly name: string
  /** Lists of the session, and of what it will be. */
  readonly lists: readonly string[]
  readonly joined: readonly string[]
  readonly until: number
  readonly placement: Placement
  readonly after: SessionData
  readonly seen: Seen
}

export interface MembershipParts {
  readonly engine: Engine
  readonly indexEngine: IndexEngine
  readonly indexes: Indexes
  readonly limits: SessionLimits
  readonly roll: Roll
}

export class Membership {
  readonly #engine: Engine
  readonly #indexEngine: IndexEngine
  readonly #indexes: Indexes
  readonly #limits: SessionLimits
  readonly #roll: Roll

  constructor({ engine, indexEngine, indexes, limits, roll }: MembershipParts) {
    this.#engine = engine
    this.#indexEngine = indexEngine
    this.#indexes = indexes
    this.#limits = limits
    this.#roll = roll
  }

  /** Brings a held name to life as a session in these lists. One that is ended meanwhile has lived for no time at all. */
  async create(
    name: string,
    heldAt: number,
    lists: readonly string[],
    session: NewSession,
    login: LoginEpoch | null,
  ): Promise<void> {
    const deadline = session.absoluteTtl === null ? null : heldAt + session.absoluteTtl * 1000
    const until = lastsUntil(heldAt, session.ttl, deadline)
    await this.#orWithdraw(name, lists, async () => {
      const others = await this.#enter(name, lists, until, login)
      await this.#limits.refuse(name, null, lists)
      const created = await this.#engine.create(name, { ...session, heldUntil: until })
      if (!created && login !== null) throw overtaken()
      await afterChange(Promise.all(lists.map((list, i) => this.#roll.tend(list, others[i] ?? []))))
    })
    await afterChange(this.#limits.endOldest(lists))
  }

  /** Runs a change that may move the session between lists. */
  change<T>(name: string, change: PlannedChange<T>, login: LoginEpoch | null): Promise<Reply<T>> {
    return untilUndisturbed(async () => {
      const before = await standingOf(this.#engine, name)
      if (before.is === 'moved') return this.#whereTo<T>(name)
      return before.is === 'live' ? this.#tryChange(name, before, change, login) : null
    })
  }

  /** What a rotation that sets these fields has to do; `null` when no session is live there. */
  async planRotation(name: string, set: SessionData, login: LoginEpoch | null): Promise<RotationPlan | null> {
    const before = await standingOf(this.#engine, name)
    if (before.is !== 'live') return null
    const after = Object.assign(Object.create(null), before.data, set) as SessionData
    const placement = this.#indexes.placeChanged(before.data, after)
    checkLogin(login, placement.lists)
    const lists = [...new Set([...before.lists, ...placement.lists])]
    const seen = { ...seenBy(placement, before.data, new Set(Object.keys(set))), within: lists }
    const joined = minus(placement.lists, this.#standsIn(before))
    return { name, lists, joined, until: nextUntil(before), placement, after, seen }
  }

  /** Enters the successor where the session stands, in its place, and where it will stand. */
  async enterSuccessor(successor: string, plan: RotationPlan, login: LoginEpoch | null): Promise<void> {
    await Promise.all(
      minus(plan.lists, plan.joined).map(async (list) => {
        const order = (await this.#indexEngine.orderOf(list, plan.name)) ?? OLDEST
        await this.#indexEngine.enter(list, successor, { until: plan.until, order, epoch: null })
      }),
    )
    await this.#enter(successor, plan.joined, plan.until, login)
    await this.#limits.refuse(successor, plan.name, plan.joined)
  }

  /** Takes the session that was rotated away out of its lists, and its successor out of those that it left. */
  async finishRotation(successor: string, plan: RotationPlan): Promise<void> {
    await this.withdraw(plan.name, plan.lists)
    await this.#leave(successor, minus(plan.lists, plan.placement.lists), seenBy(plan.placement, plan.after, new Set()))
    await this.#limits.endOldest(plan.joined)
  }

  /** Takes a session that is gone, or never came to live, out of lists. */
  async withdraw(name: string, lists: readonly string[]): Promise<void> {
    await Promise.all(lists.map((list) => this.#indexEngine.leave(list, name, null)))
  }

  /** Enters a live session where it belongs and is not announced yet; how many lists that were. */
  repair(name: string): Promise<number> {
    return untilUndisturbed(async () => {
      const before = await standingOf(this.#engine, name)
      if (before.is !== 'live') return 0
      const missing = minus(this.#indexes.placeStored(before.data).lists, before.lists)
      if (missing.length === 0) return 0
      const announced = await this.#announce(name, before, missing)
      if (announced === CONFLICT) return CONFLICT
      if (announced !== true) return 0
      await this.#enter(name, missing, nextUntil(before), null)
      return missing.length
    })
  }

  /** Lets the entries of a session, and so the session, last longer. */
  renew(name: string): Promise<void> {
    return untilUndisturbed(async () => {
      const standing = await standingOf(this.#engine, name)
      if (standing.is !== 'live' || standing.lists.length === 0) return
      const until = nextUntil(standing)
      await Promise.all(
        standing.lists.map(async (list) => {
          const order = await this.#indexEngine.orderOf(list, name)
          await this.#indexEngine.enter(list, name, { until, order, epoch: null })
        }),
      )
      const seen: Seen = { fields: [], size: null, within: standing.lists }
      const renewed = await this.#engine.announce(name, { add: [], remove: [], until }, seen)
      return renewed === CONFLICT ? CONFLICT : undefined
    })
  }

  async #tryChange<T>(
    name: string,
    before: LiveStanding,
    change: PlannedChange<T>,
    login: LoginEpoch | null,
  ): Promise<Reply<T> | Conflict> {
    const after = change.after(before.data)
    const placement = this.#indexes.placeChanged(before.data, after)
    checkLogin(login, placement.lists)
    const joined = minus(placement.lists, this.#standsIn(before))
    if (joined.length > 0) {
      const announced = await this.#announce(name, before, joined)
      if (announced !== true) return announced
      await this.#join(name, before, joined, login)
    }
    const seen = seenBy(placement, before.data, change.changing)
    const reply = await change.step({
      ...seen,
      fields: [...seen.fields, [DEPARTURES, before.departures]],
    })
    if (reply === CONFLICT || reply === null || reply instanceof Moved) return reply
    const left = minus([...before.lists, ...joined], placement.lists)
    await afterChange(this.#leave(name, left, seenBy(placement, after, new Set())))
    await afterChange(this.#limits.endOldest(joined))
    return reply
  }

  /** Announces lists, unless the entries that the session has are being renewed beyond what these would last. */
  #announce(name: string, before: LiveStanding, lists: readonly string[]): Promise<Reply<true> | Conflict> {
    const stored = before.record.indexedUntil
    const fields = [[INDEXED_UNTIL, stored === null ? null : String(stored)]] as const
    const seen: Seen = { fields, size: null, within: null }
    return this.#engine.announce(name, { add: lists, remove: [], until: nextUntil(before) }, seen)
  }

  /**
   * The lists that a session is known to stand in. What it has announced beyond its fields, another change may be about to
   * enter, or have crashed before it did; what it has not announced, it came before the index.
   */
  #standsIn(before: LiveStanding): readonly string[] {
    return this.#indexes.placeStored(before.data).lists.filter((list) => before.lists.includes(list))
  }

  async #join(name: string, before: LiveStanding, lists: readonly string[], login: LoginEpoch | null): Promise<void> {
    try {
      await this.#enter(name, lists, nextUntil(before), login)
      await this.#limits.refuse(name, null, lists)
    } catch (error) {
      await this.#leave(name, lists, seenBy(this.#indexes.placeStored(before.data), before.data, new Set()))
      throw error
    }
  }

  /** Enters a session anew in lists; for each, the names of others that it is to look after. */
  async #enter(
    name: string,
    lists: readonly string[],
    until: number,
    login: LoginEpoch | null,
  ): Promise<(readonly string[])[]> {
    const entered = await Promise.all(
      lists.map((list) => {
        const epoch = login !== null && list === listOf(login.index, login.value) ? login.epoch : null
        return this.#indexEngine.enter(list, name, { until, order: null, epoch })
      }),
    )
    return entered.map((entry) => {
      if (entry === null) throw overtaken()
      return entry.others
    })
  }

  /** Takes a live session out of lists that it does not belong in, unless that has changed meanwhile. */
  async #leave(name: string, lists: readonly string[], seen: Seen): Promise<void> {
    if (lists.length === 0) return
    const orders = await Promise.all(lists.map((list) => this.#indexEngine.orderOf(list, name)))
    const announced = await this.#engine.announce(name, { add: [], remove: lists, until: null }, seen)
    if (announced !== true) return
    await Promise.all(
      lists.map(async (list, i) => {
        const order = orders[i]
        if (order) await this.#indexEngine.leave(list, name, order)
      }),
    )
  }

  /** Gives the name back if what was to bring it to life fails, and says why that failed even if this does too. */
  async #orWithdraw(name: string, lists: readonly string[], work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      await this.#giveBack(name, lists).catch(() => {})
      throw error
    }
  }

  async #giveBack(name: string, lists: readonly string[]): Promise<void> {
    await this.#engine.end(name)
    await this.withdraw(name, lists)
  }

  /** Where a rotated session went, by a step that says so. */
  async #whereTo<T>(name: string): Promise<Reply<T>> {
    const reply = await this.#engine.vitals(name)
    return reply instanceof Moved ? reply : null
  }
}

/** For the successor of a session that has left the list already: it is about to go, and ahead of nobody. */
export const OLDEST = '1'

/** How long entries are to last: beyond the next refresh, so that a session in use renews them once in a while. */
function lastsUntil(now: number, ttl: number, deadline: number | null): number {
  const headroom = now + 2 * ttl * 1000 + 60_000
  return Math.ceil(deadline === null ? headroom : Math.min(headroom, deadline))
}

function nextUntil({ record }: LiveStanding): number {
  return Math.max(record.indexedUntil ?? 0, lastsUntil(record.readAt, record.ttl, record.deadline))
}

function minus(lists: readonly string[], others: readonly string[]): string[] {
  return [...new Set(lists)].filter((list) => !others.includes(list))
}

function overtaken(): LoginOvertakenError {
  return new LoginOvertakenError('the sessions of this login were ended while it was under way: begin again')
}
