import { describe } from 'vitest'
import { SojournStore } from '../../../src/compat/koa-session.ts'
import { BENCHES, holdTime, passTime } from '../support/benches.ts'
import { playScenarios } from '../support/scenario.ts'
import { CONCURRENCY } from './concurrency.scenarios.ts'
import { COOKIE } from './cookie.scenarios.ts'
import { LIFE } from './life.scenarios.ts'
import { opener, plainStore } from './site.ts'

const SCENARIOS = [...LIFE, ...COOKIE, ...CONCURRENCY]

holdTime()

describe('koa-session with a plain store', () => {
  playScenarios(
    SCENARIOS,
    opener(plainStore, async (seconds) => passTime(seconds)),
    { original: true },
  )
})

describe.each(BENCHES.map((bench) => [bench.name, bench] as const))('koa-session with sojourn, %s', (_, bench) => {
  playScenarios(
    SCENARIOS,
    opener(() => new SojournStore(bench.options()), bench.age),
  )
})
