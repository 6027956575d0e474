/** What befalls the site while it is visited: one fault after another. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from './apps.ts'
import { oneOf, type Random } from './random.ts'
import type { Tally } from './tally.ts'
import type { Fault } from './topologies/topology.ts'

export interface AfflictOptions {
  readonly faults: readonly Fault[]
  readonly random: Random
  readonly tally: Tally
  /** Runs after each fault, when the servers are well again. */
  afterwards(): Promise<unknown>
}

/** Each fault once, in any order, and then any of them until `signal` says that it is enough; then all is well again. */
export async function afflict(options: AfflictOptions, signal: AbortSignal): Promise<void> {
  const { faults, random, tally, afterwards } = options
  const order = faults.map((fault) => [random(), fault] as const).sort(([one], [other]) => one - other)
  while (order.length > 0 || !signal.aborted) {
    const { name, strike } = order.shift()?.[1] ?? oneOf(random, faults)
    tally.fault(name)
    await strike()
    await sleep(100 + random() * 400)
    await afterwards()
  }
}

export function appKilled(mortal: readonly App[], random: Random): Fault {
  return {
    name: 'app killed',
    async strike() {
      const app = oneOf(random, mortal)
      await app.kill()
      await app.start()
    },
  }
}
