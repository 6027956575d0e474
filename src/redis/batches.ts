/**
 * Calls of one script that come while others wait for Redis go together, as one command for many sessions: most of what a
 * command costs the client, and part of what it costs Redis, is the same for one session as for many. A call that finds
 * nothing under way goes at once. The others go when they are enough, or when the event loop has done what came with them.
 *
 * Each call is as atomic as by itself and fails by itself. Calls for one session keep their order. In a cluster, where a
 * script may have the keys of one slot only, each call goes by itself.
 */
import { unexpected } from './expected.ts'
import { withoutKeys } from './failure.ts'
import type { RedisPort, RedisReply, Withdrawal } from './port.ts'
import { type Script, ScriptRunner } from './scripts.ts'
import { SharedWithdrawal } from './shared-withdrawal.ts'

/** How many calls go together: more would save little, and let others wait for Redis. */
const ENOUGH = 16
/** A call with more arguments goes by itself: it costs more than a command, and Lua's stack holds some 8,000. */
const MOST_ARGUMENTS = 200

export class Batches {
  readonly #runner: ScriptRunner
  /** Whether each call goes by itself. */
  #apart: boolean
  readonly #gathering = new Map<Script, Call[]>()
  /** The keys that calls gather for, each with the script that is to run there. */
  readonly #keys = new Map<string, Script>()
  #underWay = 0

  constructor(port: RedisPort) {
    this.#runner = new ScriptRunner(port)
    this.#apart = port.isCluster
  }

  /** Runs a script on its one key. */
  run(script: Script, key: string, args: string[], withdrawal: Withdrawal): Promise<RedisReply> {
    if (this.#apart) return this.#runner.run(script, key, args, withdrawal)
    const isLong = args.length > MOST_ARGUMENTS
    if (isLong || this.#keys.get(key) !== script) this.sendBefore(key)
    return new Promise((resolve, reject) => {
      const call = { key, args, withdrawal, resolve, reject }
      if (isLong || (this.#underWay === 0 && this.#keys.size === 0)) this.#send(script, [call])
      else this.#gather(script, call)
    })
  }

  /** Sends what gathers for a key, for what comes after it does not gather. */
  sendBefore(key: string): void {
    if (this.#keys.has(key)) this.#sendAll()
  }

  #gather(script: Script, call: Call): void {
    if (this.#gathering.size === 0) setImmediate(() => this.#sendAll())
    const calls = this.#gathering.get(script) ?? []
    calls.push(call)
    this.#keys.set(call.key, script)
    this.#gathering.set(script, calls)
    if (calls.length === ENOUGH) this.#sendGathered(script, calls)
  }

  #sendAll(): void {
    for (const [script, calls] of this.#gathering) this.#sendGathered(script, calls)
  }

  #sendGathered(script: Script, calls: Call[]): void {
    this.#gathering.delete(script)
    for (const { key } of calls) this.#keys.delete(key)
    const wanted = calls.filter(({ withdrawal }) => !withdrawal.aborted)
    if (wanted.length > 0) this.#send(script, wanted)
  }

  #send(script: Script, calls: Call[]): void {
    const [first] = calls as [Call]
    this.#underWay += 1
    const sent =
      calls.length === 1
        ? this.#runner.run(script, first.key, first.args, first.withdrawal)
        : this.#runner.runAll(script, calls, new SharedWithdrawal(calls, script.isChange))
    sent.then(
      (reply) => {
        this.#underWay -= 1
        if (calls.length === 1) first.resolve(reply)
        else settle(calls, reply)
      },
      (error) => {
        this.#underWay -= 1
        if (calls.length > 1 && isCrossSlot(error)) {
          // A cluster stands behind the one address that the client knows. It has run nothing.
          this.#apart = true
          for (const call of calls) this.#send(script, [call])
        } else fail(calls, error)
      },
    )
  }
}

/** No call's error shows the key of another. */
function fail(calls: readonly Call[], error: unknown): void {
  const told = withoutKeys(
    error,
    calls.map(({ key }) => key),
  )
  for (const { reject } of calls) reject(told)
}

function isCrossSlot(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('CROSSSLOT')
}

/** Gives each call its reply. Clients hand errors within a reply over as such. */
function settle(calls: readonly Call[], replies: unknown): void {
  const isWhole = Array.isArray(replies) && replies.length === calls.length
  for (const [i, { resolve, reject }] of calls.entries()) {
    const reply: unknown = isWhole ? replies[i] : unexpected()
    if (reply instanceof Error) reject(reply)
    else resolve(reply as RedisReply)
  }
}

interface Call {
  readonly key: string
  readonly args: readonly string[]
  readonly withdrawal: Withdrawal
  resolve(reply: RedisReply): void
  reject(error: unknown): void
}
