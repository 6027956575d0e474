/** How a store reads sessions: from its engine, or from what it remembers of an earlier reading. */
import { type Engine, Moved, type Reply } from './engine.ts'
import { decodeRecord, type SessionRecord } from './record.ts'

export interface SessionReader {
  /** The session under a name where that is known without asking, and `null` where it is not. With `refresh`, this is a use. */
  recall(name: string, refresh: boolean): SessionRecord | null
  /** The session under a name, asked for now. With `refresh`, the idle TTL starts again. */
  read(name: string, refresh: boolean): Promise<Reply<SessionRecord>>
}

/** Reads from the engine, each time. */
export class DirectReader implements SessionReader {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  recall(): null {
    return null
  }

  async read(name: string, refresh: boolean): Promise<Reply<SessionRecord>> {
    const flat = await this.#engine.read(name, refresh)
    return flat === null || flat instanceof Moved ? flat : decodeRecord(flat, this.#engine.now(), performance.now())
  }
}
