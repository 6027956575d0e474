/** No escape from "log out everywhere": whatever two things happen meanwhile, in every order, with a crash after each step. */
import { expect, test, vi } from 'vitest'
import { happenings, isLong, logoutEverywhere, twoHappenings } from './happenings.ts'
import { someOrders } from './plain.ts'
import { everyOrder } from './scheduler.ts'
import { expectEnded, persons } from './sessions.ts'

vi.mock('../../src/session-id.ts', async (original) => ({
  ...(await original<typeof import('../../src/session-id.ts')>()),
  mintSessionId: (await import('./ids.ts')).mintSessionId,
}))
vi.spyOn(Math, 'random').mockReturnValue(0)

/** Two at a time happen in any order, as on the nodes of a cluster; three as on one connection each. */
const PATIENCE = 120_000

test.each(twoHappenings.filter((two) => !isLong(two)))('%s, and %s', { timeout: PATIENCE }, async (first, second) => {
  const operations = [logoutEverywhere, happenings[first], happenings[second]]
  const scenario = { ...persons, inOrder: true, operations, check: expectEnded }
  const { ends } = await everyOrder(scenario)
  for (const end of await someOrders(scenario, 10)) expect(ends).toContain(end)
})
