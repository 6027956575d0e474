/** How many are remembered: more than this server has requests under way. */
const SIZE = 10_000

/** IDs of which a load has found nothing, or has failed, the latest of them, and whether that was after some moment. */
export class MissedIds {
  readonly #missed = new Map<string, number>()
  #misses = 0

  /** This moment: how many loads have missed so far. */
  get now(): number {
    return this.#misses
  }

  add(id: string): void {
    this.#misses += 1
    this.#missed.delete(id)
    this.#missed.set(id, this.#misses)
    if (this.#missed.size <= SIZE) return
    const [oldest] = this.#missed.keys()
    this.#missed.delete(oldest as string)
  }

  /** Whether a load of the ID has missed since that moment. */
  hasSince(id: string, moment: number): boolean {
    return (this.#missed.get(id) ?? 0) > moment
  }
}
