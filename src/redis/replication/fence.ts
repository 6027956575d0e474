/**
 * Waiting for replicas (https://redis.io/docs/latest/commands/wait/) without holding anybody up: WAIT blocks its connection, so
 * it has one of its own, beside the application's client. There it concerns what that connection has written. So a write of no
 * meaning, a fence, goes before it: replicas apply one stream of changes in order, and whoever has the fence has all that the
 * master had carried out before, by whatever connection.
 */
import { randomUUID } from 'node:crypto'
import type { RedisPort } from '../port.ts'

/** A port on connections of its own. */
export interface SidePort {
  readonly port: RedisPort
  /** Resolves when commands can be sent. */
  readonly connected: Promise<unknown>
  close(): void
}

export interface FencesOptions {
  readonly open: () => SidePort
  /** A key for fences that is on that node. */
  readonly keyOn: (node: string) => string
  /** Milliseconds for everything but the waiting itself. */
  readonly commandTimeout: number
}

const FENCE_MS = '1000'

export class Fences {
  readonly #options: FencesOptions
  #side: SidePort | undefined
  /** By node: the last round, after which the next one begins. */
  readonly #last = new Map<string, Promise<unknown>>()
  /** Rounds that have not begun, which whoever comes can join. */
  readonly #joinable = new Map<string, Promise<number | null>>()

  constructor(options: FencesOptions) {
    this.#options = options
  }

  /** How many replicas of the node have all that was changed so far; `null` when that is not known. Never rejects. */
  acknowledged(node: string, replicas: number, timeout: number): Promise<number | null> {
    const id = JSON.stringify([node, replicas, timeout])
    const joinable = this.#joinable.get(id)
    if (joinable !== undefined) return joinable
    const round = (this.#last.get(node) ?? Promise.resolve()).then(() => {
      this.#joinable.delete(id)
      return this.#within(timeout + this.#options.commandTimeout, () => this.#fence(node, replicas, timeout))
    })
    this.#joinable.set(id, round)
    this.#last.set(node, round)
    return round
  }

  close(): void {
    const side = this.#side
    this.#side = undefined
    side?.close()
  }

  async #fence(node: string, replicas: number, timeout: number): Promise<number | null> {
    this.#side ??= this.#options.open()
    const { port, connected } = this.#side
    await connected
    const master = (await port.masters()).find(({ name }) => name === node)
    if (master === undefined) return null
    // A connection that is made anew in between has another name, and WAIT would have waited for nothing.
    const name = `sojourn:${randomUUID()}`
    await master.command(['CLIENT', 'SETNAME', name])
    await master.command(['SET', this.#options.keyOn(node), '', 'PX', FENCE_MS])
    const acknowledged = await master.command(['WAIT', String(replicas), String(timeout)])
    return (await master.command(['CLIENT', 'GETNAME'])) === name ? Number(acknowledged) : null
  }

  /** A round that fails or takes too long takes its connections with it. */
  async #within(milliseconds: number, round: () => Promise<number | null>): Promise<number | null> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('late')), milliseconds).unref()
    })
    try {
      return await Promise.race([round(), late])
    } catch {
      this.close()
      return null
    } finally {
      clearTimeout(timer)
    }
  }
}
