/** Watches over a tracked link: what cannot be heard of is not kept. */
import type { LinkListener, TrackedLink } from './link.ts'
import type { SessionCache } from './session-cache.ts'

/** A link that is silent for so long is taken for lost: that of a host that vanished without a word, say. */
const HEARTBEAT_MS = 1000

export class LinkWatch {
  readonly #cache: SessionCache
  readonly #open: () => TrackedLink
  readonly #timer: NodeJS.Timeout
  #link: TrackedLink
  #isTrusted = true
  #awaitsPong = false

  constructor(cache: SessionCache, nameOf: (key: string) => string, open: (listener: LinkListener) => TrackedLink) {
    this.#cache = cache
    this.#open = () =>
      open({
        onInvalidate: (key) => (key === null ? cache.flush() : cache.invalidate(nameOf(key))),
        onLost: () => cache.flush(),
      })
    this.#link = this.#open()
    this.#timer = setInterval(() => this.#beat(), HEARTBEAT_MS).unref()
  }

  /** The link, as long as what is read over it can be kept. */
  get link(): TrackedLink | null {
    return this.#isTrusted && this.#link.isReady ? this.#link : null
  }

  /** Drops everything, and keeps nothing until the link has answered again. */
  doubt(): void {
    if (!this.#isTrusted) return
    this.#isTrusted = false
    this.#cache.flush()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.doubt()
    await this.#link.close()
  }

  #beat(): void {
    if (this.#awaitsPong) this.#replaceLink()
    const link = this.#link
    if (!link.isReady) return
    this.#awaitsPong = true
    link.ping().then(
      () => this.#settle(link, true),
      () => this.#settle(link, false),
    )
  }

  #settle(link: TrackedLink, answered: boolean): void {
    if (link !== this.#link) return
    this.#awaitsPong = false
    if (answered) this.#isTrusted = true
    else this.doubt()
  }

  /** A connection that is silent may be so for as long as TCP goes on trying. */
  #replaceLink(): void {
    this.doubt()
    this.#awaitsPong = false
    this.#link.close().catch(() => {})
    this.#link = this.#open()
  }
}
