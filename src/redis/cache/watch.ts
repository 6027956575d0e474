/** Watches over a tracked link: what cannot be heard of is not kept. */
import type { LinkListener, TrackedLink } from './link.ts'
import type { SessionCache } from './session-cache.ts'

/** A link that is silent for so long is taken for lost: that of a host that vanished without a word, say. */
const HEARTBEAT_MS = 1000

/** A link that is not ready after so many beats is made anew: a server may have taken its connection and say nothing. */
const MOST_UNREADY = 5

export class LinkWatch {
  readonly #cache: SessionCache
  readonly #open: () => TrackedLink
  #timer: NodeJS.Timeout | undefined
  #link: TrackedLink
  #isTrusted = true
  #awaitsPong = false
  /** How often in a row it was not ready when asked. */
  #unready = 0

  constructor(cache: SessionCache, nameOf: (key: string) => string, open: (listener: LinkListener) => TrackedLink) {
    this.#cache = cache
    this.#open = () =>
      open({
        onInvalidate: (key) => (key === null ? cache.flush() : cache.invalidate(nameOf(key))),
        onLost: () => cache.flush(),
      })
    this.#link = this.#open()
    this.#timer = this.#start()
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
    this.#timer = undefined
    this.doubt()
    await this.#link.close()
  }

  /** Does nothing unless it was closed. */
  reopen(): void {
    if (this.#timer !== undefined) return
    this.#openLink()
    this.#timer = this.#start()
  }

  #start(): NodeJS.Timeout {
    return setInterval(() => this.#beat(), HEARTBEAT_MS).unref()
  }

  #beat(): void {
    if (this.#awaitsPong) this.#replaceLink()
    const link = this.#link
    if (!link.isReady) {
      this.#unready += 1
      if (this.#unready >= MOST_UNREADY) this.#replaceLink()
      return
    }
    this.#unready = 0
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
    this.#link.close().catch(() => {})
    this.#openLink()
  }

  #openLink(): void {
    this.#awaitsPong = false
    this.#unready = 0
    this.#link = this.#open()
  }
}
