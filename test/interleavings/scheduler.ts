/**
 * Runs operations in every order that their atomic steps allow, with a crash after each step if asked, instead of hoping
 * that luck finds the bad one. An operation works on an engine whose steps wait until the scheduler lets them happen.
 */

import { createHash } from 'node:crypto'

/** What is run: a world of its own for each order, the operations in it, and what must hold afterwards. */
export interface Scenario<W> {
  world(): Promise<W>
  operations: readonly ((world: W, engine: <E extends object>(engine: E) => E) => Promise<unknown>)[]
  check(world: W, outcome: Outcome): Promise<void>
  /** Whether an operation may also stop for good after any of its steps. Default `false`. */
  crashes?: boolean
  /**
   * Whether the steps that an operation takes at once happen in the order in which it takes them, as on one connection.
   * Default `false`: in any order, as on the nodes of a cluster.
   */
  inOrder?: boolean
  /**
   * All that the world holds, in words. With it, a situation that was met before, by another order of steps that do not
   * affect each other, is not explored again. Random IDs may differ: they count by where they appear.
   */
  describe?(world: W): Promise<string>
}

export interface Outcome {
  /** What each operation returned; `undefined` if it crashed. */
  readonly results: readonly unknown[]
  readonly crashed: readonly boolean[]
  /** The order that was run, for a failure's message. */
  readonly trace: string
}

/** A step of an operation that waits for its turn; an operation may wait with several at once. */
interface Parked {
  readonly operation: number
  readonly name: string
  readonly release: () => void
}

type Choice = { step: Parked; crash: boolean }

/** Explores all orders depth first and returns how many there were. */
export async function everyOrder<W>(scenario: Scenario<W>): Promise<number> {
  let orders = 0
  let prefix: number[] | null = []
  const met = new Set<string>()
  while (prefix !== null) {
    const path: number[] = prefix
    const widths = await runOnce(scenario, (position) => path[position] ?? 0, { met, from: path.length })
    orders += 1
    if (orders % 100 === 0) await breathe()
    prefix = nextPrefix(path, widths)
  }
  return orders
}

/** Runs so many orders picked at random, the same ones each time: for what has too many to run them all. */
export async function someOrders<W>(scenario: Scenario<W>, count: number): Promise<void> {
  let seed = 1
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  for (let order = 0; order < count; order++) {
    await runOnce(scenario, (_position, width) => random(width), null)
    if (order % 100 === 0) await breathe()
  }
}

/** Lets the event loop turn, so that a test can time out. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** The next path of the tree of choices: the last choice that has an untried sibling takes it. */
function nextPrefix(prefix: readonly number[], widths: readonly number[]): number[] | null {
  const taken = widths.map((_, i) => prefix[i] ?? 0)
  for (let i = taken.length - 1; i >= 0; i--) {
    if ((taken[i] as number) + 1 < (widths[i] as number)) return [...taken.slice(0, i), (taken[i] as number) + 1]
  }
  return null
}

/** What was met before by other orders; looked at from that position on, since the way there was run before. */
interface Memory {
  readonly met: Set<string>
  readonly from: number
}

async function runOnce<W>(
  scenario: Scenario<W>,
  choose: (position: number, width: number) => number,
  memory: Memory | null,
): Promise<number[]> {
  const world = await scenario.world()
  const run = new Run(scenario.operations.length)
  scenario.operations.forEach((operation, i) => run.start(i, (engine) => operation(world, engine)))

  const widths: number[] = []
  for (;;) {
    await quiet()
    const choices = run.choices(scenario)
    if (choices.length === 0) break
    if (memory !== null && scenario.describe !== undefined && widths.length >= memory.from) {
      const situation = canonical(`${await scenario.describe(world)} ${run.describe()}`)
      if (memory.met.has(situation)) return widths
      memory.met.add(situation)
    }
    const choice = choices[choose(widths.length, choices.length)] as Choice
    widths.push(choices.length)
    run.take(choice)
  }
  const outcome = await run.outcome()
  try {
    await scenario.check(world, outcome)
  } catch (error) {
    throw new Error(`in the order ${outcome.trace}: ${(error as Error).message}`, { cause: error })
  }
  return widths
}

/** The same text for the same situation: random names are numbered in the order in which they appear. */
function canonical(text: string): string {
  const numbers = new Map<string, number>()
  const named = text.replace(/[\w-]{43}/g, (name) => {
    if (!numbers.has(name)) numbers.set(name, numbers.size)
    return `#${numbers.get(name)}`
  })
  return createHash('sha256').update(named).digest('base64')
}

class Run {
  #parked: Parked[] = []
  readonly #stepped: boolean[]
  readonly #crashed: boolean[]
  readonly #results: Promise<unknown>[] = []
  /** What each operation has learned: it does the same whenever it learns the same. */
  readonly #learned: unknown[][]
  readonly #trace: string[] = []

  constructor(operations: number) {
    this.#stepped = Array.from({ length: operations }, () => false)
    this.#crashed = Array.from({ length: operations }, () => false)
    this.#learned = Array.from({ length: operations }, () => [])
  }

  describe(): string {
    const reply = (_: string, value: unknown) => (typeof value === 'symbol' ? String(value) : value)
    return JSON.stringify([this.#learned, this.#crashed], reply)
  }

  start(operation: number, begin: (gate: <E extends object>(engine: E) => E) => Promise<unknown>): void {
    this.#results[operation] = begin((engine) => this.#gate(operation, engine))
  }

  choices({ crashes, inOrder }: Pick<Scenario<never>, 'crashes' | 'inOrder'>): Choice[] {
    const isFirst = (step: Parked) => this.#parked.find(({ operation }) => operation === step.operation) === step
    const steps = this.#parked.filter((step) => !inOrder || isFirst(step)).map((step) => ({ step, crash: false }))
    if (!crashes) return steps
    const begun = this.#parked.filter((step) => this.#stepped[step.operation] && isFirst(step))
    return [...steps, ...begun.map((step) => ({ step, crash: true }))]
  }

  take({ step, crash }: Choice): void {
    const { operation, name, release } = step
    this.#trace.push(crash ? `${operation}:CRASH` : `${operation}:${name}`)
    this.#parked = this.#parked.filter((other) => (crash ? other.operation !== operation : other !== step))
    if (crash) {
      this.#crashed[operation] = true
      return
    }
    this.#stepped[operation] = true
    release()
  }

  async outcome(): Promise<Outcome> {
    const finished = this.#results.map((result, i) => (this.#crashed[i] ? undefined : result))
    return { results: await Promise.all(finished), crashed: this.#crashed, trace: this.#trace.join(' ') }
  }

  /** The engine as one operation sees it: each step waits for its turn. */
  #gate<E extends object>(operation: number, engine: E): E {
    return new Proxy(engine, {
      get: (target, name) => {
        const member = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        if (name === 'now' || name === 'names') return member.bind(target)
        return async (...args: unknown[]) => {
          await new Promise<void>((release) => {
            if (!this.#crashed[operation]) this.#parked.push({ operation, name: String(name), release })
          })
          const reply = await member.apply(target, args)
          this.#learned[operation]?.push([name, args, reply])
          return reply
        }
      },
    })
  }
}

/** Until every operation waits for its turn or is done: a step is a few promises deep, so this many turns settle it. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await null
}
