/** Reads sessions by way of the local cache. */
import { type Engine, Moved, NO_CHANGES, type Reply } from '../../engine.ts'
import { touchDue } from '../../lifetime.ts'
import { DirectReader, type SessionReader } from '../../reader.ts'
import { copyOf, decodeRecord, LAST_ACCESSED_AT, readTimestamp, type SessionRecord } from '../../record.ts'
import { RedisCalls } from '../calls.ts'
import { fieldsOf } from '../engine.ts'
import type { SessionKeys } from '../keys.ts'
import { peek as source } from '../scripts.gen.ts'
import { query } from '../scripts.ts'
import type { TrackedLink } from './link.ts'
import type { Kept, SessionCache } from './session-cache.ts'
import type { LinkWatch } from './watch.ts'

const peek = query(source)

export interface CachedReaderOptions {
  readonly engine: Engine
  readonly calls: RedisCalls
  readonly cache: SessionCache
  readonly watch: LinkWatch
  readonly keys: SessionKeys
  readonly commandTimeout: number
  /** Seconds. */
  readonly maxAge: number
  /** Seconds. */
  readonly touchInterval: number
}

export class CachedReader implements SessionReader {
  readonly #options: CachedReaderOptions
  readonly #cache: SessionCache
  readonly #direct: SessionReader
  readonly #linkCalls = new WeakMap<TrackedLink, RedisCalls>()

  constructor(options: CachedReaderOptions) {
    this.#options = options
    this.#cache = options.cache
    this.#direct = new DirectReader(options.engine)
  }

  recall(name: string, refresh: boolean): SessionRecord | null {
    const now = performance.now()
    const kept = this.#cache.recall(name, now)
    if (kept === undefined) return null
    if (refresh && now >= kept.touchAt) this.#touch(name, kept)
    return kept.record
  }

  read(name: string, refresh: boolean): Promise<Reply<SessionRecord>> {
    const { watch, calls } = this.#options
    const { link } = watch
    if (link === null) return this.#direct.read(name, refresh)
    return calls.within(() => this.#readBy(link, name, refresh))
  }

  /** Reads over the link, or past it if that fails. */
  async #readBy(link: TrackedLink, name: string, refresh: boolean): Promise<Reply<SessionRecord>> {
    const reading = this.#cache.begin(name)
    let kept: Kept | null = null
    try {
      const found = await this.#peek(link, name)
      if (found === null || found instanceof Moved) return found
      // A touch changes the session, so what was read before it is not worth keeping.
      if (refresh && performance.now() >= found.touchAt) this.#touch(name, found)
      else kept = found
      return found.record
    } catch {
      this.#options.watch.doubt()
      return await this.#direct.read(name, refresh)
    } finally {
      this.#cache.end(name, reading, kept)
    }
  }

  async #peek(link: TrackedLink, name: string): Promise<Reply<Kept>> {
    const { keys, maxAge, touchInterval } = this.#options
    const key = keys.session(name)
    const asked = performance.now()
    const reply = (await this.#callsOn(link).run(peek, key, [])) as [string, number, string] | string[] | null
    if (reply === null) return null
    if (reply.length === 2) return new Moved(reply[0] as string, reply[1] as string)
    const [now, left, json] = reply as [string, number, string]
    const decoded = decodeRecord(fieldsOf(json, key), Number(now), asked)
    if (decoded === null) return null
    const record = { ...decoded, data: Object.freeze(copyOf(decoded.data)) }
    const touchedAt = readTimestamp(record.data[LAST_ACCESSED_AT] as string).getTime()
    return {
      record,
      until: asked + Math.min(maxAge * 1000, left),
      touchAt: touchDue(Number(now), touchedAt, record.ttl, touchInterval)
        ? Number.NEGATIVE_INFINITY
        : asked + touchedAt + touchInterval * 1000 - Number(now),
    }
  }

  /** Off the path of the read that noticed, once: whatever becomes of it, the engine tells the cache to drop the session. */
  #touch(name: string, kept: Kept): void {
    kept.touchAt = Number.POSITIVE_INFINITY
    this.#options.engine.write(name, NO_CHANGES).catch(() => {})
  }

  /** The link is given half the time, so that there is some left to read past it. */
  #callsOn(link: TrackedLink): RedisCalls {
    let calls = this.#linkCalls.get(link)
    if (calls === undefined) {
      calls = new RedisCalls(link.port, {
        commandTimeout: Math.ceil(this.#options.commandTimeout / 2),
        maxWaiting: Number.POSITIVE_INFINITY,
        failFastAfter: Number.POSITIVE_INFINITY,
      })
      this.#linkCalls.set(link, calls)
    }
    return calls
  }
}
