import { Deadlines } from './deadline.ts'
import { storeFailure } from './failure.ts'
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
    return this.#guarded(key, this.#scripts.run(script, key, args))
  }

  command(name: string, key: string, ...args: string[]): Promise<RedisReply> {
    return this.#guarded(key, this.#port.command(key, [name, key, ...args]))
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
      const batch = await this.#guarded(null, batches.next())
      if (batch.done === true) return
      yield batch.value
    }
  }

  async #guarded<T>(key: string | null, outcome: Promise<T>): Promise<T> {
    try {
      return await this.#deadlines.guard(outcome)
    } catch (error) {
      throw storeFailure(error, key)
    }
  }
}
