/** What a middleware does with a store, as scenarios that also run on the middleware's own store. */
import { expect, test } from 'vitest'

export interface Scenario<Open> {
  readonly name: string
  /** Plays it on a server of its own and returns what came of it. */
  run(open: Open): Promise<unknown>
  readonly result: unknown
  /** What comes of it on the middleware's own store, where we differ on purpose. */
  readonly original?: { readonly result: unknown; readonly why: string }
}

export function playScenarios<Open>(scenarios: readonly Scenario<Open>[], open: Open, { original = false } = {}): void {
  test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
    const { result } = (original && scenario.original) || scenario
    expect(await scenario.run(open)).toEqual(result)
  })
}
