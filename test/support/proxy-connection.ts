/** One connection through the proxy: two sockets, and a lane between them in each direction. */
import { createConnection, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export type Direction = 'toServer' | 'toClient'

export interface Rules {
  /** Milliseconds that each byte is late. */
  readonly delay: number
  /** Bytes a second. */
  readonly rate: number
}

export class Connection {
  readonly #client: Socket
  readonly #server: Socket
  readonly #swallowed = new Set<Direction>()
  #cutAtReply = false

  constructor(client: Socket, port: number, rules: (direction: Direction) => Rules) {
    this.#client = client
    this.#server = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true })
    this.#lane('toServer', client, this.#server, rules)
    this.#lane('toClient', this.#server, client, rules)
    for (const socket of [client, this.#server]) {
      socket.on('error', () => this.cut())
      socket.once('close', () => this.#swallowed.size === 0 && this.cut())
    }
  }

  cut(): void {
    for (const socket of [this.#client, this.#server]) {
      if (socket.connecting) socket.destroy()
      else if (!socket.destroyed) socket.resetAndDestroy()
    }
  }

  swallow(direction: Direction): void {
    this.#swallowed.add(direction)
  }

  finish(direction: Direction): void {
    if (direction === 'toServer') this.#server.end()
    else this.#client.end()
  }

  cutAtReply(): void {
    this.#cutAtReply = true
  }

  /** What comes is passed on in order, each piece when it is due. */
  #lane(direction: Direction, from: Socket, to: Socket, rules: (direction: Direction) => Rules): void {
    let passed: Promise<unknown> = Promise.resolve()
    from.on('data', (chunk: Buffer) => {
      if (this.#swallowed.has(direction)) return
      if (direction === 'toClient' && this.#cutAtReply) return this.cut()
      const { delay, rate } = rules(direction)
      const due = performance.now() + delay
      passed = passed.then(async () => {
        await until(due)
        for (const piece of pieces(chunk, rate)) {
          if (Number.isFinite(rate)) await sleep((piece.length / rate) * 1000, undefined, { ref: false })
          if (this.#swallowed.has(direction) || !to.writable) return
          to.write(piece)
        }
      })
    })
    from.on('end', () => {
      passed = passed.then(() => this.#swallowed.has(direction) || to.end())
    })
  }
}

async function until(due: number): Promise<void> {
  const left = due - performance.now()
  if (left > 0) await sleep(left, undefined, { ref: false })
}

/** What passes in a hundredth of a second, at most. */
function pieces(chunk: Buffer, rate: number): Buffer[] {
  const size = Math.max(1, Math.min(chunk.length, Math.floor(rate / 100)))
  return Array.from({ length: Math.ceil(chunk.length / size) }, (_, i) => chunk.subarray(i * size, (i + 1) * size))
}
