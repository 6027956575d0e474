/**
 * Runs operations in every order that their atomic steps allow, with a crash after each step if asked, instead of hoping
 * that luck finds the bad one. An operation works on an engine whose steps wait until the scheduler lets them happen.
 */

/** What is run: a world of its own for each order, the operations in it, and what must hold afterwards. */
export interface Scenario<W> {
  world(): Promise<W>
  operations: readonly ((world: W, engine: <E extends object>(engine: E) => E) => Promise<unknown>)[]
  check(world: W, outcome: Outcome): Promise<void>
  /** Whether an operation may also stop for good after any of its steps. Default `false`. */
  crashes?: boolean
}

export interface Outcome {
  /** What each operation returned; `undefined` if it crashed. */
  readonly results: readonly unknown[]
  readonly crashed: readonly boolean[]
  /** The order that was run, for a failure's message. */
  readonly trace: string
}

type Choice = { operation: number; crash: boolean }

/** Explores all orders depth first and returns how many there were. */
export async function everyOrder<W>(scenario: Scenario<W>): Promise<number> {
  let orders = 0
  let prefix: number[] | null = []
  while (prefix !== null) {
    const widths = await runOnce(scenario, prefix)
    orders += 1
    prefix = nextPrefix(prefix, widths)
  }
  return orders
}

/** The next path of the tree of choices: the last choice that has an untried sibling takes it. */
function nextPrefix(prefix: readonly number[], widths: readonly number[]): number[] | null {
  const taken = widths.map((_, i) => prefix[i] ?? 0)
  for (let i = taken.length - 1; i >= 0; i--) {
    if ((taken[i] as number) + 1 < (widths[i] as number)) return [...taken.slice(0, i), (taken[i] as number) + 1]
  }
  return null
}

async function runOnce<W>(scenario: Scenario<W>, prefix: readonly number[]): Promise<number[]> {
  const world = await scenario.world()
  const run = new Run(scenario.operations.length)
  scenario.operations.forEach((operation, i) => run.start(i, (engine) => operation(world, engine)))

  const widths: number[] = []
  for (;;) {
    await quiet()
    const choices = run.choices(scenario.crashes === true)
    if (choices.length === 0) break
    const choice = choices[prefix[widths.length] ?? 0] as Choice
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

class Run {
  readonly #parked = new Map<number, () => void>()
  readonly #names = new Map<number, string>()
  readonly #stepped: boolean[]
  readonly #crashed: boolean[]
  readonly #results: Promise<unknown>[] = []
  readonly #trace: string[] = []

  constructor(operations: number) {
    this.#stepped = Array.from({ length: operations }, () => false)
    this.#crashed = Array.from({ length: operations }, () => false)
  }

  start(operation: number, begin: (gate: <E extends object>(engine: E) => E) => Promise<unknown>): void {
    this.#results[operation] = begin((engine) => this.#gate(operation, engine))
  }

  choices(crashes: boolean): Choice[] {
    return [...this.#parked.keys()].sort().flatMap((operation) => {
      const step = [{ operation, crash: false }]
      return crashes && this.#stepped[operation] ? [...step, { operation, crash: true }] : step
    })
  }

  take({ operation, crash }: Choice): void {
    const release = this.#parked.get(operation)
    this.#parked.delete(operation)
    this.#trace.push(crash ? `${operation}:CRASH` : `${operation}:${this.#names.get(operation)}`)
    if (crash) {
      this.#crashed[operation] = true
      return
    }
    this.#stepped[operation] = true
    release?.()
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
        if (typeof member !== 'function' || name === 'now') return member
        return async (...args: unknown[]) => {
          await new Promise<void>((resolve) => {
            this.#names.set(operation, String(name))
            this.#parked.set(operation, resolve)
          })
          return member.apply(target, args)
        }
      },
    })
  }
}

/** Until every operation waits for its turn or is done: a step is a few promises deep, so this many turns settle it. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await null
}
