/**
 * Calls of one kind that come while others wait for Redis go together, as one command for many sessions: most of what a
 * command costs the client, and part of what it costs Redis, is the same for one session as for many. A call that finds
 * nothing under way goes at once. The others go when they are enough, or when the event loop has done what came with them.
 *
 * Each call is as atomic as by itself and fails by itself. Calls for one session are sent in their order. In a cluster, where
 * a script may have the keys of one slot only, each call goes by itself.
 */
import type { Pending } from './deadline.ts'
import { unexpected } from './expected.ts'
import { withoutKeys } from './failure.ts'
import type { RedisPort, RedisReply } from './port.ts'
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
  readonly #kinds = new Map<Script, Kind[]>()
  readonly #gathering = new Map<Kind, Call[]>()
  /** The keys that calls gather for, each with the kind of those calls. */
  readonly #keys = new Map<string, Kind>()
  #underWay = 0

  constructor(port: RedisPort) {
    this.#runner = new ScriptRunner(port)
    this.#apart = port.isCluster
  }

  /** Runs a script on its one key, and tells the pending call how it went. */
  run(script: Script, key: string, args: string[], pending: Pending): void {
    const call = { key, args, pending }
    if (this.#apart) return this.#send(script, [call])
    if (args.length > MOST_ARGUMENTS) {
      this.sendBefore(key)
      return this.#send(script, [call])
    }
    const kind = this.#kindOf(script, args.length)
    if (this.#keys.get(key) !== kind) this.sendBefore(key)
    if (this.#underWay === 0 && this.#keys.size === 0) this.#send(script, [call])
    else this.#gather(kind, call)
  }

  /** Sends what gathers for a key, for what comes after it does not gather. */
  sendBefore(key: string): void {
    if (this.#keys.has(key)) this.#sendAll()
  }

  #kindOf(script: Script, count: number): Kind {
    const known = this.#kinds.get(script)?.[count]
    if (known !== undefined) return known
    const kind = { script, count }
    const kinds = this.#kinds.get(script) ?? []
    kinds[count] = kind
    this.#kinds.set(script, kinds)
    return kind
  }

  #gather(kind: Kind, call: Call): void {
    if (this.#gathering.size === 0) setImmediate(() => this.#sendAll())
    const calls = this.#gathering.get(kind) ?? []
    calls.push(call)
    this.#keys.set(call.key, kind)
    this.#gathering.set(kind, calls)
    if (calls.length === ENOUGH) this.#sendGathered(kind, calls)
  }

  #sendAll(): void {
    for (const [kind, calls] of this.#gathering) this.#sendGathered(kind, calls)
  }

  #sendGathered(kind: Kind, calls: Call[]): void {
    this.#gathering.delete(kind)
    for (const { key } of calls) this.#keys.delete(key)
    const wanted = calls.filter(({ pending }) => !pending.aborted)
    if (this.#apart) for (const call of wanted) this.#send(kind.script, [call])
    else if (wanted.length > 0) this.#send(kind.script, wanted)
  }

  #send(script: Script, calls: Call[]): void {
    this.#underWay += 1
    this.#evaluated(script, calls).then(
      (reply) => {
        this.#underWay -= 1
        settle(calls, reply)
      },
      (error) => {
        this.#underWay -= 1
        if (calls.length > 1 && isCrossSlot(error)) this.#separate(script, calls)
        else fail(calls, error)
      },
    )
  }

  #evaluated(script: Script, calls: Call[]): Promise<RedisReply> {
    const [{ key, args, pending }] = calls as [Call]
    if (calls.length === 1) return this.#runner.run(script, key, args, pending)
    const withdrawals = calls.map((call) => call.pending)
    return this.#runner.runAll(script, calls, new SharedWithdrawal(withdrawals, script.isChange))
  }

  /** A cluster stands behind the one address that the client knows. It has run nothing of these calls. */
  #separate(script: Script, calls: Call[]): void {
    this.#apart = true
    for (const call of calls) this.#send(script, [call])
    this.#sendAll()
  }
}

/** No call's error shows the key of another. */
function fail(calls: readonly Call[], error: unknown): void {
  const told = withoutKeys(
    error,
    calls.map(({ key }) => key),
  )
  for (const { pending } of calls) pending.fail(told)
}

function isCrossSlot(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('CROSSSLOT')
}

/** Gives each call its reply. Clients hand errors within a reply over as such. */
function settle(calls: readonly Call[], reply: RedisReply): void {
  const replies: RedisReply = calls.length === 1 ? [reply] : reply
  const isWhole = Array.isArray(replies) && replies.length === calls.length
  for (const [i, { pending }] of calls.entries()) {
    const own: unknown = isWhole ? replies[i] : unexpected()
    if (own instanceof Error) pending.fail(own)
    else pending.answer(own)
  }
}

/** Calls that can go together: of one script, with the same number of arguments. */
interface Kind {
  readonly script: Script
  readonly count: number
}

interface Call {
  readonly key: string
  readonly args: readonly string[]
  readonly pending: Pending
}
