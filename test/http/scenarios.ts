/** Every scenario, on one adapter and one engine. */
import { afterAll, describe } from 'vitest'
import type { Adapter } from './adapter.ts'
import { type Engine, memory, redis } from './engines.ts'
import { describeConcurrency } from './scenarios/concurrency.ts'
import { describeFailures } from './scenarios/failures.ts'
import { describeFirstByte } from './scenarios/first-byte.ts'
import { describeOrigin } from './scenarios/origin.ts'
import { describePeople } from './scenarios/people.ts'
import { describeSession } from './scenarios/session.ts'
import { describeTicket } from './scenarios/ticket.ts'
import { describeTraffic } from './scenarios/traffic.ts'
import { benchOf } from './site.ts'

export function describeAdapter(adapter: Adapter): void {
  describe('in memory', () => {
    describeOn(adapter, memory)
  })

  describe('on Redis', async () => {
    const engine = await redis()
    afterAll(() => engine.close())
    describeOn(adapter, engine)
  })

  describe('on Redis with a local cache', async () => {
    const engine = await redis({ cache: {} })
    afterAll(() => engine.close())
    const bench = benchOf(adapter, engine)
    describeTicket(bench)
    describeConcurrency(bench)
    describeOrigin(bench)
    describePeople(bench)
    describeSession(bench)
  })
}

function describeOn(adapter: Adapter, engine: Engine): void {
  const bench = benchOf(adapter, engine)
  describeTraffic(bench)
  describeTicket(bench)
  describeFirstByte(bench)
  describeFailures(bench)
  describeConcurrency(bench)
  describeOrigin(bench)
  describePeople(bench)
  describeSession(bench)
}
