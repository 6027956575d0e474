/** Reading a list, and keeping it: whoever finds an entry that leads nowhere takes it out. */
import { untilUndisturbed } from '../begin-again.ts'
import { CONFLICT, type Engine, type Entry, type IndexEngine } from '../engine.ts'
import type { Indexes } from './declarations.ts'
import { type Standing, standingOf } from './standing.ts'

/** A listed session that is live or about to be. */
export interface Present extends Entry {
  readonly standing: Extract<Standing, { is: 'held' | 'live' }>
}

const PAGE = 100

export class Roll {
  readonly #engine: Engine
  readonly #indexEngine: IndexEngine
  readonly #indexes: Indexes

  constructor(engine: Engine, indexEngine: IndexEngine, indexes: Indexes) {
    this.#engine = engine
    this.#indexEngine = indexEngine
    this.#indexes = indexes
  }

  /** What is on a list, newest first, a page at a time; what leads nowhere is taken out on the way. */
  async *pages(list: string): AsyncGenerator<{ present: Present[]; lost: number }> {
    let highest: string | null = null
    let seen = new Set<string>()
    for (;;) {
      const page: Entry[] = await this.#indexEngine.page(list, highest, PAGE + seen.size)
      const entries = page.filter(({ name }) => !seen.has(name))
      const last = entries.at(-1)
      if (last === undefined) return
      // The next page begins with the entries of the last order, of which rotations may have left several.
      seen = new Set(page.filter(({ order }) => order === last.order).map(({ name }) => name))
      highest = last.order
      yield await this.#look(list, entries)
    }
  }

  /**
   * All that is on a list at one time, oldest first: looked through until nothing is found to have gone or moved meanwhile,
   * since what moved is under its new name on the list by then.
   */
  settled(list: string): Promise<Present[]> {
    return untilUndisturbed(async () => {
      const all: Present[] = []
      let lost = 0
      for await (const page of this.pages(list)) {
        all.push(...page.present)
        lost += page.lost
      }
      return lost === 0 ? all.reverse() : CONFLICT
    })
  }

  /** Whether a session belongs on the list by its fields, not only by what it announced. */
  belongs(list: string, { standing }: Present): boolean {
    const lists = standing.is === 'held' ? standing.lists : this.#indexes.placeStored(standing.data).lists
    return lists.includes(list)
  }

  /** Takes the entries of these names out of a list if they lead nowhere. */
  async tend(list: string, names: readonly string[]): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        if (isLost(await standingOf(this.#engine, name))) await this.#indexEngine.leave(list, name, null)
      }),
    )
  }

  async #look(list: string, entries: readonly Entry[]): Promise<{ present: Present[]; lost: number }> {
    const present: Present[] = []
    let lost = 0
    const standings = await Promise.all(entries.map(({ name }) => standingOf(this.#engine, name)))
    await Promise.all(
      entries.map(async (entry, i) => {
        const standing = standings[i] as Standing
        if (isLost(standing)) {
          lost += 1
          await this.#indexEngine.leave(list, entry.name, null)
        } else if (standing.lists.includes(list)) {
          present[i] = { ...entry, standing }
        } else {
          await this.#indexEngine.leave(list, entry.name, entry.order)
        }
      }),
    )
    return { present: present.filter(() => true), lost }
  }
}

function isLost(standing: Standing): standing is Extract<Standing, { is: 'gone' | 'moved' }> {
  return standing.is === 'gone' || standing.is === 'moved'
}
