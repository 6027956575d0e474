/** Orders run one by one, each from the start in a world of its own, with nothing left out: slow, and beyond doubt. */
import { Running } from './running.ts'
import type { Scenario } from './scenario.ts'
import { happen, inWords } from './step.ts'
import { firstWorld } from './worlds.ts'

type Setting<W extends object> = Omit<Scenario<W>, 'check'>

/** How all orders end, in the words of `Walked.ends`, and how many there are. */
export async function allOrders<W extends object>(
  scenario: Setting<W>,
): Promise<{ orders: number; ends: Set<string> }> {
  const ends = new Set<string>()
  let orders = 0
  let path: number[] | null = []
  while (path !== null) {
    const taken: number[] = path
    const widths: number[] = []
    const choose = (width: number) => taken[widths.push(width) - 1] ?? 0
    ends.add(await runOnce(scenario, choose))
    orders += 1
    path = nextPath(taken, widths)
  }
  return { orders, ends }
}

/** How so many orders end, picked at random. */
export async function someOrders<W extends object>(scenario: Setting<W>, count: number): Promise<Set<string>> {
  let state = 1
  const choose = (width: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % width
  }
  const ends = new Set<string>()
  for (let order = 0; order < count; order++) ends.add(await runOnce(scenario, choose))
  return ends
}

/** The next path of the tree of choices: the last choice that has an untried sibling takes it. */
function nextPath(path: readonly number[], widths: readonly number[]): number[] | null {
  for (let i = widths.length - 1; i >= 0; i--) {
    const next = (path[i] ?? 0) + 1
    if (next < (widths[i] as number)) return [...widths.slice(0, i).map((_, j) => path[j] ?? 0), next]
  }
  return null
}

async function runOnce<W extends object>(scenario: Setting<W>, choose: (width: number) => number): Promise<string> {
  const { operations, inOrder, crashes } = scenario
  const world = await firstWorld(scenario)
  const running: (Running | null)[] = []
  for (const [i, operation] of operations.entries()) running.push(await Running.start(operation, i + 1, world))
  for (;;) {
    const steps = running.flatMap((each, operation) =>
      (each?.waiting ?? [])
        .map(({ step }, index) => ({ operation, step, index }))
        .slice(0, inOrder ? 1 : Number.POSITIVE_INFINITY),
    )
    if (steps.length === 0) break
    const choice = choose(crashes ? steps.length * 2 : steps.length)
    const { operation, step, index } = steps[choice % steps.length] as (typeof steps)[number]
    const reply = await happen(world, step)
    if (choice >= steps.length) running[operation] = null
    await running[operation]?.answer(index, reply)
  }
  return inWords([await scenario.describe(world), running.map((each) => each?.ended ?? null)])
}
