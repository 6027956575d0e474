/** How many are remembered: more than this server has requests under way. */
const SIZE = 10_000

/**
 * IDs that were asked for and found absent, the latest of them. @fastify/session's `reload` makes an empty session under
 * the old ID when the session is gone; so does `regenerate`, with an `idGenerator` that repeats itself, but asks for nothing.
 */
export class MissedIds {
  readonly #ids = new Set<string>()

  add(id: string): void {
    this.#ids.delete(id)
    this.#ids.add(id)
    if (this.#ids.size <= SIZE) return
    const [oldest] = this.#ids
    this.#ids.delete(oldest as string)
  }

  delete(id: string): void {
    this.#ids.delete(id)
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }
}
