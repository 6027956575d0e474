/** Watches over a tracked link: what cannot be heard of is not kept. */
import type { LinkListener, TrackedLink } from './link.ts'
import type { SessionCache } from './session-cache.ts'

/** A link that is silent for so long is taken for lost: that of a host that vanished without a word, say. */
const HEARTBEAT_MS = 1000

export class LinkWatch {
  readonly #cache: SessionCache
  readonly #link: TrackedLink
  readonly #timer: NodeJS.Timeout
  #isTrusted = true
  #awaitsPong = false

  constructor(cache: SessionCache, nameOf: (key: string) => string, open: (listener: LinkListener) => TrackedLink) {
    this.#cache = cache
    this.#link = open({
      onInvalidate: (key) => (key === null ? cache.flush() : cache.invalidate(nameOf(key))),
      onLost: () => cache.flush(),
    })
    this.#timer = setInterval(() => this.#beat(), HEARTBEAT_MS).unref()
  }

  /** The link, as long as what is read over it can be kept. */
  get link(): TrackedLink | null {
    return this.#isTrusted && this.#link.isReady ? this.#link : null
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#isTrusted = false
    this.#cache.flush()
    await this.#link.close()
  }

  #beat(): void {
    if (this.#awaitsPong) return this.doubt()
    if (!this.#link.isReady) return
    this.#awaitsPong = true
    this.#link.ping().then(
      () => {
        this.#awaitsPong = false
        this.#isTrusted = true
      },
      () => {
        this.#awaitsPong = false
        this.doubt()
      },
    )
  }

  /** Drops everything, and keeps nothing until the link has answered again. */
  doubt(): void {
    if (!this.#isTrusted) return
    this.#isTrusted = false
    this.#cache.flush()
  }
}
