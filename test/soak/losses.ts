/**
 * What the documents allow to be lost (docs/sentinel-and-cluster.md, docs/durability.md), and when. A failover loses what the old
 * master had acknowledged and no replica had, ends of sessions among it. A server that comes back empty has lost all,
 * and brings nothing back. Nothing else is ever lost.
 */

/** When something was asked for, and when it was answered, by `performance.now()`. */
export interface Span {
  readonly began: number
  readonly done: number
}

interface Failover {
  /** From when on what was acknowledged may be lost. */
  readonly from: number
  readonly struck: number
  /** When the old master could acknowledge nothing any more. Until then there may be two, of different minds. */
  to: number
}

/** How far a replica that keeps up may be behind. */
export const LOSS_WINDOW_MS = 1000

export class Losses {
  readonly #failovers: Failover[] = []
  readonly #wipes: Span[] = []

  get hadFailover(): boolean {
    return this.#failovers.length > 0
  }

  /** Runs a failover; what it returns says when the old master was out of the way. */
  async failover(strike: () => Promise<unknown>): Promise<void> {
    const struck = performance.now()
    const failover: Failover = { from: struck - LOSS_WINDOW_MS, struck, to: Number.POSITIVE_INFINITY }
    this.#failovers.push(failover)
    await strike()
    failover.to = performance.now()
  }

  async wipe(strike: () => Promise<unknown>): Promise<void> {
    const wipe = { began: performance.now(), done: Number.POSITIVE_INFINITY }
    this.#wipes.push(wipe)
    await strike()
    wipe.done = performance.now()
  }

  /** Whether a change that was made then may have been undone. */
  mayHaveUndone({ began, done }: Span): boolean {
    return this.#failovers.some(({ from, to }) => began <= to && done >= from)
  }

  /** Whether what was asked for then may have been answered by a master that is none any more. */
  mayBeOutdated({ began, done }: Span): boolean {
    return this.#failovers.some(({ struck, to }) => began <= to && done >= struck)
  }

  mayHaveWiped(session: Span): boolean {
    return this.#wipes.some(({ done }) => session.began < done)
  }

  /** Whether a session must have been gone when something was asked for. */
  hasWiped(session: Span, asked: Span): boolean {
    return this.#wipes.some(({ began, done }) => session.done < began && done < asked.began)
  }
}
