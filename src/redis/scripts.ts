/** Runs our Lua scripts, whatever Redis still has in its script cache. */
import { createHash } from 'node:crypto'
import type { RedisPort, RedisReply, Withdrawal } from './port.ts'
import { batch, type Lua } from './scripts.gen.ts'

export interface Script {
  /** For one session. */
  readonly single: Source
  /** For several at once. */
  readonly batch: Source
  /** Whether it changes what its caller would not want changed twice. */
  readonly isChange: boolean
}

interface Source {
  readonly text: string
  readonly sha1: string
}

export function script([declarations, body]: Lua): Script {
  return {
    single: sourceOf(declarations + body),
    batch: sourceOf(`${batch}${declarations}local function step()\n${body}end\nreturn each(step)\n`),
    isChange: true,
  }
}

/** A script that only reads, or at most lets a session live on. */
export function query(lua: Lua): Script {
  return { ...script(lua), isChange: false }
}

function sourceOf(text: string): Source {
  return { text, sha1: createHash('sha1').update(text).digest('hex') }
}

export class ScriptRunner {
  readonly #port: RedisPort

  constructor(port: RedisPort) {
    this.#port = port
  }

  /** Runs a script on its one key. */
  run({ single }: Script, key: string, args: readonly string[], withdrawal: Withdrawal): Promise<RedisReply> {
    return this.#evaluate(single, key, ['1', key, ...args], withdrawal)
  }

  /**
   * Runs a script for each of several calls with the same number of arguments. Each gets its reply, or the error with which
   * Redis refused it.
   */
  runAll({ batch }: Script, calls: readonly ScriptCall[], withdrawal: Withdrawal): Promise<RedisReply> {
    const [first] = calls as [ScriptCall]
    const all = [String(calls.length)]
    for (const { key } of calls) all.push(key)
    const shared = sharedBy(calls)
    all.push(String(shared))
    for (let i = 0; i < shared; i += 1) all.push(first.args[i] as string)
    for (const { args } of calls) for (let i = shared; i < args.length; i += 1) all.push(args[i] as string)
    return this.#evaluate(batch, first.key, all, withdrawal)
  }

  /**
   * Runs a script by its digest. A node that does not know that (new, restarted, failed over, flushed) says NOSCRIPT, which
   * means that nothing ran, and gets the source, unless nobody waits for it any more.
   */
  async #evaluate({ text, sha1 }: Source, key: string, args: string[], withdrawal: Withdrawal): Promise<RedisReply> {
    try {
      return await this.#port.command(key, ['EVALSHA', sha1, ...args], withdrawal)
    } catch (error) {
      if (withdrawal.aborted || !(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return this.#port.command(key, ['EVAL', text, ...args], withdrawal)
    }
  }
}

/** With how many of the same arguments all calls begin. */
function sharedBy([first, ...others]: readonly ScriptCall[]): number {
  const { args } = first as ScriptCall
  let shared = args.length
  for (const other of others) {
    let same = 0
    while (same < shared && other.args[same] === args[same]) same += 1
    shared = same
  }
  return shared
}

export interface ScriptCall {
  readonly key: string
  readonly args: readonly string[]
}
