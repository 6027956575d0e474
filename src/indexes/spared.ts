import { type Engine, type IndexEngine, Moved, type Reply } from '../engine.ts'
import { OLDEST } from './membership.ts'
import type { Present } from './roll.ts'

/**
 * The sessions that stay while the others of a list are ended. One may be rotated meanwhile. Its successor is told by the
 * name that it is held for, or by its place: it takes over that of its predecessor, which nobody else ever has.
 */
export class Spared {
  readonly #engine: Engine
  readonly #indexEngine: IndexEngine
  readonly #list: string
  readonly #names = new Set<string>()
  readonly #orders = new Set<string>()

  constructor({ engine, indexEngine }: { engine: Engine; indexEngine: IndexEngine }, list: string) {
    this.#engine = engine
    this.#indexEngine = indexEngine
    this.#list = list
  }

  /**
   * Spares the session under a name. Its place is looked at first: if it is live after that, no successor had the place yet,
   * and if it has ended, it may be that it was rotated in between.
   */
  async add(name: string): Promise<Reply<true>> {
    const order = await this.#indexEngine.orderOf(this.#list, name)
    const vitals = await this.#engine.vitals(name)
    if (vitals instanceof Moved) return vitals
    if (vitals !== null || order !== null) this.#note(name, order)
    return true
  }

  /** Those that do not stay. */
  without(present: readonly Present[]): Present[] {
    for (const { name, order } of present) if (this.#names.has(name)) this.#note(name, order)
    return present.filter((session) => {
      if (!this.#isOne(session)) return true
      this.#note(session.name, session.order)
      return false
    })
  }

  #isOne({ name, order, standing }: Present): boolean {
    if (this.#names.has(name) || this.#orders.has(order)) return true
    return standing.is === 'held' && standing.predecessor !== null && this.#names.has(standing.predecessor)
  }

  #note(name: string, order: string | null): void {
    this.#names.add(name)
    if (order !== null && order !== OLDEST) this.#orders.add(order)
  }
}
