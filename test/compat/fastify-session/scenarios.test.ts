import fastifySession from '@fastify/session'
import { describe } from 'vitest'
import { SojournStore } from '../../../src/compat/fastify-session.ts'
import { BENCHES, holdTime, passTime } from '../support/benches.ts'
import { playScenarios } from '../support/scenario.ts'
import { CONCURRENCY } from './concurrency.scenarios.ts'
import { COOKIE } from './cookie.scenarios.ts'
import { LIFE } from './life.scenarios.ts'
import { opener } from './site.ts'

const SCENARIOS = [...LIFE, ...COOKIE, ...CONCURRENCY]

holdTime()

describe('@fastify/session with its own memory store', () => {
  playScenarios(
    SCENARIOS,
    opener(
      () => new fastifySession.MemoryStore(),
      async (seconds) => passTime(seconds),
    ),
    { original: true },
  )
})

describe.each(BENCHES.map((bench) => [bench.name, bench] as const))('@fastify/session with sojourn, %s', (_, bench) => {
  playScenarios(
    SCENARIOS,
    opener(() => new SojournStore(bench.options()), bench.age),
  )
})
