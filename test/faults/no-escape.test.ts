/** The two longest of `test/interleavings/no-escape.test.ts`. */
import { expect, test, vi } from 'vitest'
import { happenings, isLong, logoutEverywhere, twoHappenings } from '../interleavings/happenings.ts'
import { someOrders } from '../interleavings/plain.ts'
import { everyOrder } from '../interleavings/scheduler.ts'
import { expectEnded, persons } from '../interleavings/sessions.ts'

vi.mock('../../src/session-id.ts', async (original) => ({
  ...(await original<typeof import('../../src/session-id.ts')>()),
  mintSessionId: (await import('../interleavings/ids.ts')).mintSessionId,
}))
vi.spyOn(Math, 'random').mockReturnValue(0)

const PATIENCE = 600_000

test.each(twoHappenings.filter(isLong))('%s, and %s', { timeout: PATIENCE }, async (first, second) => {
  const operations = [logoutEverywhere, happenings[first], happenings[second]]
  const scenario = { ...persons, inOrder: true, operations, check: expectEnded }
  const { ends } = await everyOrder(scenario)
  for (const end of await someOrders(scenario, 10)) expect(ends).toContain(end)
})
