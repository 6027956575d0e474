/**
 * A master may become a replica while a client is connected to it. The connection lives on, and every change is refused with
 * READONLY. Where the address leads to the new master by now (a name, a proxy, a virtual IP), a new connection does.
 */
const PAUSE_MS = 1000

export class Demotion {
  readonly #reconnect: (() => void) | null
  #last = Number.NEGATIVE_INFINITY

  /** `reconnect` has the client open another connection; `null` for a client that follows the master by itself. */
  constructor(reconnect: (() => void) | null) {
    this.#reconnect = reconnect
  }

  /** Redis has refused a command. Now and then is enough: the address may still lead to the replica. */
  heard({ message }: Error): void {
    if (this.#reconnect === null || !message.startsWith('READONLY')) return
    const now = performance.now()
    if (now - this.#last < PAUSE_MS) return
    this.#last = now
    this.#reconnect()
  }
}
