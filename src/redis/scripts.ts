/** Runs our Lua scripts: one command each, whatever Redis still has in its script cache. */
import { createHash } from 'node:crypto'
import type { RedisPort, RedisReply, Withdrawal } from './port.ts'

export interface Script {
  readonly source: string
  readonly sha1: string
  /** Whether it changes what its caller would not want changed twice. */
  readonly isChange: boolean
}

export function script(source: string): Script {
  return { source, sha1: createHash('sha1').update(source).digest('hex'), isChange: true }
}

/** A script that only reads, or at most lets a session live on. */
export function query(source: string): Script {
  return { ...script(source), isChange: false }
}

export class ScriptRunner {
  readonly #port: RedisPort

  constructor(port: RedisPort) {
    this.#port = port
  }

  /**
   * Runs a script on its one key, by its digest. A node that does not know that (new, restarted, failed over, flushed) says
   * NOSCRIPT, which means that nothing ran, and gets the source, unless nobody waits for it any more.
   */
  run(script: Script, key: string, args: string[], withdrawal?: Withdrawal): Promise<RedisReply> {
    const reply = this.#port.command(key, ['EVALSHA', script.sha1, '1', key, ...args], withdrawal)
    return reply.catch((error: unknown) => {
      if (withdrawal?.aborted || !(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return this.#port.command(key, ['EVAL', script.source, '1', key, ...args], withdrawal)
    })
  }
}
