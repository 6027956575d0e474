/** Load on a store that knows what it was promised: each worker lives with one session after another and checks all it is told. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionStore } from '../../../src/index.ts'
import { Ledger, type Loss } from './ledger.ts'

export interface LoadOptions {
  readonly store: SessionStore
  readonly commandTimeout: number
  readonly workers?: number
}

export interface Report {
  readonly calls: number
  readonly errors: Readonly<Record<string, number>>
  /** Calls that took longer than their deadline. */
  readonly late: readonly string[]
  /** What no outage excuses: another's data, an increment applied twice, an error that is none of ours. */
  readonly violations: readonly string[]
  /** Acknowledged writes that are gone, ended sessions that live. */
  readonly losses: readonly Loss[]
}

export interface Load {
  /** Resolves when so many more calls have succeeded. */
  successes(count: number): Promise<void>
  failures(count: number): Promise<void>
  /** Ends the load, looks at every session once more through a patient store, and reports. */
  stop(patient: SessionStore): Promise<Report>
}

/** How many commands a call may take, each with the full deadline. */
const COMMANDS = { create: 4, read: 1, increment: 1, update: 1, rotate: 7, end: 3 }

/** Timers of a busy machine are late. */
const SLACK_MS = 1000
const CALLS_PER_SESSION = 25
const PAUSE_MS = 2
const PAUSE_AFTER_ERROR_MS = 20

export function startLoad({ store, commandTimeout, workers = 8 }: LoadOptions): Load {
  const successes = new Tally()
  const failures = new Tally()
  const ledgers: Ledger[] = []
  const live = new Set<Ledger>()
  const ended = new Map<string, number>()
  const errors: Record<string, number> = {}
  const late: string[] = []
  const violations: string[] = []
  let calls = 0
  let running = true

  /** The outcome of a call; `undefined` when it failed. */
  const attempt = async <T>(what: keyof typeof COMMANDS, call: () => Promise<T>): Promise<T | undefined> => {
    calls += 1
    const begun = performance.now()
    try {
      const outcome = await call()
      successes.add()
      return outcome
    } catch (error) {
      const { code, name, message } = error as Error & { code?: unknown }
      if (typeof code !== 'string' || !code.startsWith('SOJOURN_')) violations.push(`${what}: ${name}: ${message}`)
      errors[String(code)] = (errors[String(code)] ?? 0) + 1
      failures.add()
      await sleep(PAUSE_AFTER_ERROR_MS)
      return undefined
    } finally {
      const took = performance.now() - begun - PAUSE_AFTER_ERROR_MS
      if (took > COMMANDS[what] * commandTimeout + SLACK_MS) late.push(`${what}: ${Math.round(took)} ms`)
    }
  }

  const steps: ((ledger: Ledger) => Promise<boolean>)[] = [
    async (ledger) => {
      const data = await attempt('read', () => store.getSession(ledger.id))
      if (data) ledger.read(data)
      else if (data === null) ledger.absent()
      return data !== null
    },
    async (ledger) => {
      const value = await attempt('increment', () => store.incrementField(ledger.id, 'n'))
      if (value === undefined) ledger.incrementUnknown()
      else if (value === null) ledger.absent()
      else ledger.incremented(Number(value))
      return value !== null
    },
    async (ledger) => {
      const done = await attempt('update', () => store.updateSession(ledger.id, { touched: String(calls) }))
      if (done === false) ledger.absent()
      return done !== false
    },
    async (ledger) => {
      const old = ledger.id
      const id = await attempt('rotate', () => store.rotateSession(old))
      if (typeof id === 'string') {
        ledger.moved(id)
        ended.set(old, performance.now())
        return true
      }
      // Not told: the session may live under the old ID, under another, or have ended.
      live.delete(ledger)
      if (id === null) ledger.absent()
      return false
    },
  ]

  const worker = async (number: number) => {
    for (let serial = 0; running; serial++) {
      const owner = `${number}.${serial}`
      const id = await attempt('create', () => store.createSession({ owner, n: '0', user_id: String(number) }))
      if (id === undefined) continue
      const ledger = new Ledger(owner, id)
      ledgers.push(ledger)
      live.add(ledger)
      let alive = true
      for (let i = 0; alive && running && i < CALLS_PER_SESSION; i++) {
        const step = steps[Math.random() < 0.04 ? 3 : Math.floor(Math.random() * 3)] as (typeof steps)[number]
        alive = await step(ledger)
        await sleep(PAUSE_MS)
      }
      if (!alive) live.delete(ledger)
      else if (running) {
        live.delete(ledger)
        const done = await attempt('end', () => store.deleteSession(ledger.id))
        if (done === false) ledger.absent()
        if (done !== undefined) ended.set(ledger.id, performance.now())
      }
    }
  }
  const working = Array.from({ length: workers }, (_, number) => worker(number))

  return {
    successes: (wanted) => successes.more(wanted),
    failures: (wanted) => failures.more(wanted),
    async stop(patient) {
      running = false
      await Promise.all(working)
      for (const ledger of live) {
        const data = await patient.getSession(ledger.id, false)
        if (data === null) ledger.absent()
        else ledger.read(data)
      }
      const losses = ledgers.flatMap((ledger) => ledger.losses)
      for (const [id, at] of ended) {
        if ((await patient.getSession(id, false)) !== null) losses.push({ what: 'the end of a session', at })
      }
      return { calls, errors, late, violations: [...violations, ...ledgers.flatMap((each) => each.violations)], losses }
    },
  }
}

/** A count that can be waited for; not events, of which several may come in one turn. */
class Tally {
  #count = 0
  readonly #waiting = new Set<{ readonly until: number; readonly resolve: () => void }>()

  add(): void {
    this.#count += 1
    for (const each of this.#waiting) {
      if (each.until > this.#count) continue
      this.#waiting.delete(each)
      each.resolve()
    }
  }

  more(wanted: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.add({ until: this.#count + wanted, resolve }))
  }
}
