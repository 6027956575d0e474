/** "Log out everywhere", rotations, logins and moves between indexes, two at a time, in every order, with a crash after each step. */
import { expect, test, vi } from 'vitest'
import {
  ending,
  finding,
  happenings,
  leaving,
  loggingInWithin,
  logoutElsewhere,
  logoutEverywhere,
  moving,
  movingThereAndBack,
  numbering,
  rotating,
  rotatingAnother,
} from './happenings.ts'
import { everyOrder, type Outcome } from './scheduler.ts'
import {
  expectEnded,
  expectIndexed,
  persons,
  personsWithAnother,
  personsWithRemains,
  users,
  type World,
} from './sessions.ts'

vi.mock('../../src/session-id.ts', async (original) => ({
  ...(await original<typeof import('../../src/session-id.ts')>()),
  mintSessionId: (await import('./ids.ts')).mintSessionId,
}))
vi.spyOn(Math, 'random').mockReturnValue(0)

test.each(Object.entries(happenings))('no escape: %s', async (_, happening) => {
  await everyOrder({ ...persons, operations: [logoutEverywhere, happening], check: expectEnded })
})

test.each(Object.entries(happenings))('no escape past the remains of another: %s', async (_, happening) => {
  await everyOrder({ ...personsWithRemains, operations: [logoutEverywhere, happening], check: expectEnded })
})

test('no escape: two at once end everything', async () => {
  await everyOrder({ ...persons, operations: [logoutEverywhere, logoutEverywhere], check: expectEnded })
})

test.each([
  ['with a grace period', 30],
  ['without one', 0],
])('"log out elsewhere" spares the session that rotates meanwhile, and no other (%s)', async (_, grace) => {
  const scenario = { ...persons, crashes: false }
  const check = async (world: World, { results: [wasListed] }: Outcome) => {
    expect(await users(world)).toEqual(wasListed ? ['A'] : [])
    await expectIndexed(world)
  }
  await everyOrder({ ...scenario, operations: [logoutElsewhere, rotating(grace)], check })
  const two = { ...scenario, world: personsWithAnother.world, check }
  await everyOrder({ ...two, operations: [logoutElsewhere, rotating(grace)] })
  await everyOrder({
    ...two,
    operations: [logoutElsewhere, rotatingAnother(grace)],
    check: async (world, outcome) => {
      await check(world, outcome)
      expect(await world.engine.read(world.id, false)).not.toBe(null)
    },
  })
})

test('an index misses no session whose field changes twice at once', async () => {
  await everyOrder({ ...persons, operations: [moving('B'), moving('A')], check: expectIndexed })
  await everyOrder({ ...persons, operations: [moving('B'), moving('C')], check: expectIndexed })
  await everyOrder({ ...persons, operations: [moving('B'), leaving], check: expectIndexed })
})

test('nor one whose field goes and comes back while others look', async () => {
  await everyOrder({ ...persons, operations: [movingThereAndBack, finding], check: expectIndexed })
  await everyOrder({ ...persons, operations: [movingThereAndBack, moving('B')], check: expectIndexed })
})

test('nor one that is taken out of a list, and announced there again by somebody who has not entered it', async () => {
  await everyOrder({ ...persons, operations: [movingThereAndBack, movingThereAndBack], check: expectIndexed })
})

test('nor one that rotates while its field changes', async () => {
  await everyOrder({ ...persons, operations: [rotating(0), moving('B')], check: expectIndexed })
  await everyOrder({ ...persons, operations: [rotating(30), moving('B')], check: expectIndexed })
})

test.each([0, 30])('one that rotates meanwhile is found once at most (grace %s)', async (grace) => {
  const check = async (_: World, { results: [found] }: Outcome) => {
    expect([0, 1]).toContain(found)
  }
  await everyOrder({ ...persons, crashes: false, operations: [numbering, rotating(grace)], check })
  await everyOrder({ ...personsWithRemains, crashes: false, operations: [numbering, rotating(grace)], check })
})

test('nor one that rotates, or ends, while others look', async () => {
  await everyOrder({ ...persons, operations: [rotating(0), finding], check: expectIndexed })
  await everyOrder({ ...persons, operations: [rotating(0), ending], check: expectIndexed })
})

test.each(['end-oldest', 'refuse'] as const)('a limit with %s holds for logins at once', async (onExceed) => {
  const login = loggingInWithin({ user: { max: 1, onExceed } })
  const check = async (world: World) => {
    expect(await users(world)).toEqual(['A'])
    await expectIndexed(world)
  }
  const scenario = { ...persons, crashes: false, inOrder: true, check }
  await everyOrder({ ...scenario, operations: [login, login] })
  await everyOrder({ ...scenario, operations: [login, login, rotating(0)] })
})
