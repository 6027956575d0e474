import { Deadlines } from './deadline.ts'
import type { RedisPort, RedisReply } from './port.ts'
import { type Script, ScriptRunner } from './scripts.ts'

/** How commands reach Redis: each with a deadline, each failure as an error of ours. */
export class RedisCalls {
  readonly #port: RedisPort
  readonly #scripts: ScriptRunner
  readonly #deadlines: Deadlines

  constructor(port: RedisPort, commandTimeout: number) {
    this.#port = port
    this.#scripts = new ScriptRunner(port)
    this.#deadlines = new Deadlines(commandTimeout)
  }

  run(script: Script, key: string, args: string[]): Promise<RedisReply> {
    return this.#deadlines.guard((withdrawal) => this.#scripts.run(script, key, args, withdrawal), key, script.isChange)
  }

  /** A command that changes what is at the key. */
  change(name: string, key: string, ...args: string[]): Promise<RedisReply> {
    return this.#deadlines.guard((withdrawal) => this.#port.command(key, [name, key, ...args], withdrawal), key, true)
  }

  /** A command that only reads. */
  query(name: string, key: string, ...args: string[]): Promise<RedisReply> {
    return this.#deadlines.guard((withdrawal) => this.#port.command(key, [name, key, ...args], withdrawal), key)
  }

  /** Runs what may take several commands, within the deadline of one. */
  within<T>(steps: () => Promise<T>): Promise<T> {
    return this.#deadlines.guard(steps, null)
  }

  /** Redis's clock: seconds and microseconds. */
  time(): Promise<RedisReply> {
    return this.#deadlines.guard((withdrawal) => this.#port.command(null, ['TIME'], withdrawal), null)
  }

  scanHashes(pattern: string): AsyncGenerator<string[]> {
    return this.#batches(this.#port.scanHashes(pattern))
  }

  scanStrings(pattern: string): AsyncGenerator<string[]> {
    return this.#batches(this.#port.scanStrings(pattern))
  }

  async *#batches(found: AsyncIterable<string[]>): AsyncGenerator<string[]> {
    const batches = found[Symbol.asyncIterator]()
    for (;;) {
      const batch = await this.#deadlines.guard(() => batches.next(), null)
      if (batch.done === true) return
      yield batch.value
    }
  }
}
