/** A person's session, what may happen to it, and what must hold whatever happens. */
import { expect } from 'vitest'
import type { Changes, Entered, Entering, Entry, Holding, IndexEngine, NewSession, Seen } from '../../src/engine.ts'
import type { SessionLimitDeclarations } from '../../src/indexes/session-limits.ts'
import { DEFAULT_LIMITS } from '../../src/limits.ts'
import { MemoryEngine } from '../../src/memory/engine.ts'
import { MemoryIndexEngine } from '../../src/memory/index-engine.ts'
import { dataOf, type FlatFields, type SessionData, SUCCESSOR } from '../../src/record.ts'
import { EngineSessionStore } from '../../src/session-store.ts'
import { mintSessionId } from './ids.ts'
import type { Outcome } from './scenario.ts'

/** Seconds. Names are held for as long. Index entries last three times as long: they outlive every scenario. */
const TTL = 60

export class World {
  readonly clock = new Clock()
  readonly engine = new Sessions(this.clock)
  readonly indexEngine = new Lists(this.clock, this.engine)
  id = ''
  /** Another session of the same person, in a world that has one. */
  other = ''
}

async function worldOf(person: 'new' | 'with remains' | 'with another'): Promise<World> {
  const world = new World()
  const login = () => new Store(world).createSession({ user: 'A', stay: mintSessionId() })
  const earlier = person === 'new' ? null : await login()
  world.id = await login()
  // Whoever ended it crashed.
  if (person === 'with remains') await world.engine.end(earlier as string)
  if (person === 'with another') world.other = earlier as string
  return world
}

class Clock {
  /** At 0 the first order would be the one for sessions that have lost theirs. */
  time = 1

  async pass(seconds: number): Promise<void> {
    this.time += seconds * 1000
  }
}

class Sessions extends MemoryEngine {
  /** Each time that a session becomes A's, that is a stay of its own. These have begun. */
  readonly stays = new Set<string>()

  constructor(clock: Clock) {
    super({ limits: DEFAULT_LIMITS, touchInterval: 0, now: () => clock.time })
    this.onCapped = () => {
      throw new Error('entries are renewed in the background, and no order knows of that')
    }
  }

  /** As on Redis, without a touch interval. */
  override now(): never {
    return null as never
  }

  /** Whoever looks at a pointer only learns that it is one. What it says makes no difference, and would make many histories. */
  override async inspect(name: string): Promise<Holding | null> {
    const holding = await super.inspect(name)
    return holding?.fields.includes(SUCCESSOR) ? { ...holding, fields: [SUCCESSOR, ''] } : holding
  }

  override async create(name: string, session: NewSession): Promise<boolean> {
    const created = await super.create(name, session)
    if (created) this.#note(session.fields)
    return created
  }

  override async write(name: string, changes: Changes, seen?: Seen): Promise<never> {
    const reply = await super.write(name, changes, seen as Seen)
    if (typeof reply === 'number') this.#note(changes.set)
    return reply as never
  }

  #note(fields: FlatFields): void {
    const { stay } = dataOf(fields)
    if (stay !== undefined) this.stays.add(stay)
  }

  async describe(): Promise<unknown> {
    const found: unknown[] = []
    for await (const names of this.names()) {
      for (const name of names) found.push([name, await super.inspect(name)])
    }
    return [found.sort(), [...this.stays].sort()]
  }

  async live(): Promise<SessionData[]> {
    const found: SessionData[] = []
    for await (const names of this.names()) {
      for (const name of names) {
        const flat = await this.read(name, false)
        if (Array.isArray(flat)) found.push(dataOf(flat))
      }
    }
    return found
  }
}

/** Each list has orders of its own, as on Redis. */
class Lists implements IndexEngine {
  /** The stays that had begun when everything of A's was ended. */
  ended: string[] = []
  readonly #engine: Sessions
  readonly #clock: Clock
  readonly #lists = new Map<string, MemoryIndexEngine>()
  /** The latest order of each list. */
  readonly #latest = new Map<string, number>()

  constructor(clock: Clock, engine: Sessions) {
    this.#clock = clock
    this.#engine = engine
  }

  /** Nobody goes by the order that is returned. It would make many histories. */
  async enter(list: string, name: string, entering: Entering): Promise<Entered | null> {
    const entered = await this.#list(list).enter(list, name, entering)
    if (entered === null) return null
    if (entering.order === null) this.#latest.set(list, Number(entered.order))
    return { order: 'untold', others: entered.others }
  }

  leave(list: string, name: string, order: string | null): Promise<void> {
    return this.#list(list).leave(list, name, order)
  }

  orderOf(list: string, name: string): Promise<string | null> {
    return this.#list(list).orderOf(list, name)
  }

  page(list: string, highest: string | null, count: number): Promise<Entry[]> {
    return this.#list(list).page(list, highest, count)
  }

  async epoch(list: string, pass: boolean): Promise<string> {
    const epoch = await this.#list(list).epoch(list, pass)
    this.#latest.set(list, Math.max(Number(epoch), this.#latest.get(list) ?? 0))
    if (pass) this.ended = [...this.#engine.stays].sort()
    return epoch
  }

  async describe(): Promise<unknown> {
    const lists: unknown[] = []
    for (const list of [...this.#lists.keys()].sort()) {
      lists.push([list, await this.page(list, null, 100), await this.orderOf(list, '@epoch'), this.#latest.get(list)])
    }
    return [lists, this.ended]
  }

  #list(list: string): MemoryIndexEngine {
    const engine = this.#lists.get(list) ?? new MemoryIndexEngine(() => this.#clock.time)
    this.#lists.set(list, engine)
    return engine
  }
}

export class Store extends EngineSessionStore {
  constructor({ engine, indexEngine }: Pick<World, 'engine' | 'indexEngine'>, limits?: SessionLimitDeclarations) {
    super({
      engine,
      indexEngine,
      hashIds: false,
      ttl: TTL,
      absoluteTtl: null,
      sizes: DEFAULT_LIMITS,
      indexes: { user: true },
      limits,
    })
  }
}

async function describeWorld({ clock, engine, indexEngine }: World): Promise<string> {
  return JSON.stringify([clock.time, await engine.describe(), await indexEngine.describe()])
}

/** The users of all live sessions. */
export async function users({ engine }: World): Promise<string[]> {
  return (await engine.live()).map(({ user }) => user ?? 'nobody').sort()
}

/** Each list shows exactly the live sessions whose field says so. */
export async function expectIndexed(world: World): Promise<void> {
  const alive = await users(world)
  const store = new Store(world)
  for (const user of ['A', 'B', 'C']) {
    const theirs = alive.filter((each) => each === user).length
    expect(await store.countSessions({ user }), `sessions of ${user}`).toBe(theirs)
  }
}

/** Of what was A's when everything was ended nothing is left, nor of a login that had begun by then. */
async function expectNoEscape({ engine, indexEngine }: World): Promise<void> {
  const epoch = await indexEngine.orderOf('user:A', '@epoch')
  for (const { user, stay = '', epoch: began = epoch } of await engine.live()) {
    if (user !== 'A') continue
    expect(indexEngine.ended).not.toContain(stay)
    expect(began).toBe(epoch)
  }
}

/** What holds whatever happens while everything of A's is being ended, which is the first operation. */
export async function expectEnded(world: World, { crashed }: Outcome): Promise<void> {
  if (!crashed[0]) await expectNoEscape(world)
  await expectIndexed(world)
}

/** What happens to the only session that a person has had, with a crash after each step. */
export const persons = { world: () => worldOf('new'), describe: describeWorld, crashes: true }

/**
 * What happens to the session of a person on whose list an older one has left its entry. A list is read from the newest
 * entry on, so what enters in the place of the newer one has been passed over already, and nothing is there to be ended.
 */
export const personsWithRemains = { ...persons, world: () => worldOf('with remains') }

/** What happens to two sessions of one person. */
export const personsWithAnother = { ...persons, world: () => worldOf('with another') }
