import { StoreUnavailableError } from '../errors.ts'
import { Batches } from './batches.ts'
import { Breaker } from './breaker.ts'
import { Deadlines, type Pending } from './deadline.ts'
import { Demotion } from './demotion.ts'
import type { Master, RedisPort, RedisReply, ScannedType } from './port.ts'
import { scanNode } from './scan.ts'
import type { Script } from './scripts.ts'

export interface CallSettings {
  /** Milliseconds. */
  readonly commandTimeout: number
  /** How many commands may wait for their answers at a time. */
  readonly maxWaiting: number
  /** After how many commands in a row without an answer calls fail at once. */
  readonly failFastAfter: number
}

/** How commands reach Redis: each with a deadline, each failure as an error of ours, and few while Redis is known to be down. */
export class RedisCalls {
  readonly #port: RedisPort
  readonly #batches: Batches
  readonly #deadlines: Deadlines
  readonly #breaker: Breaker
  readonly #maxWaiting: number

  constructor(port: RedisPort, { commandTimeout, maxWaiting, failFastAfter }: CallSettings) {
    this.#port = port
    this.#batches = new Batches(port)
    this.#breaker = new Breaker({ failures: failFastAfter, patience: commandTimeout })
    const demotion = new Demotion(port.reconnect)
    this.#deadlines = new Deadlines(commandTimeout, this.#breaker, (reply) => demotion.heard(reply))
    this.#maxWaiting = maxWaiting
  }

  run(script: Script, key: string, args: string[]): Promise<RedisReply> {
    return this.#send(key, script.isChange, (pending) => this.#batches.run(script, key, args, pending))
  }

  /** A command that changes what is at the key. */
  change(name: string, key: string, ...args: string[]): Promise<RedisReply> {
    return this.#command(key, true, [name, key, ...args])
  }

  /** A command that only reads. */
  query(name: string, key: string, ...args: string[]): Promise<RedisReply> {
    return this.#command(key, false, [name, key, ...args])
  }

  /** Runs what may take several commands, within the deadline of one. */
  within<T>(steps: () => Promise<T>): Promise<T> {
    return this.#deadlines.guard(steps)
  }

  /** Redis's clock: seconds and microseconds. */
  time(): Promise<RedisReply> {
    return this.#deadlines.guard((withdrawal) => this.#port.command(null, ['TIME'], withdrawal))
  }

  scanHashes(pattern: string): AsyncGenerator<string[]> {
    return this.#scan('hash', pattern)
  }

  scanStrings(pattern: string): AsyncGenerator<string[]> {
    return this.#scan('string', pattern)
  }

  get isCluster(): boolean {
    return this.#port.isCluster
  }

  /** Every master, each of whose commands has a deadline. */
  async masters(): Promise<readonly Master[]> {
    const masters = await this.#deadlines.guard(() => this.#port.masters())
    return masters.map((master) => ({
      ...master,
      command: (args) => this.#deadlines.guard(() => master.command(args)),
    }))
  }

  async *#scan(type: ScannedType, pattern: string): AsyncGenerator<string[]> {
    for (const master of await this.masters()) yield* scanNode(master, type, pattern)
  }

  #command(key: string, isChange: boolean, args: string[]): Promise<RedisReply> {
    return this.#send(key, isChange, (pending) => {
      this.#batches.sendBefore(key)
      pending.follow(this.#port.command(key, args, pending))
    })
  }

  #send(key: string, isChange: boolean, send: (pending: Pending) => void): Promise<RedisReply> {
    const node = this.#port.nodeOf(key)
    const refusal = this.#deadlines.waiting < this.#maxWaiting ? this.#breaker.refusal(node) : this.#tooMany()
    return refusal === null ? this.#deadlines.begin(send, { key, isChange, node }) : Promise.reject(refusal)
  }

  #tooMany(): StoreUnavailableError {
    const message = `${this.#maxWaiting} commands are waiting for Redis already (maxWaiting)`
    return new StoreUnavailableError(message, { retryAfter: 1 })
  }
}
