/** The scheduler leaves out no order: it ends where orders run one by one end, and knows as many. */
import { describe, expect, test, vi } from 'vitest'
import {
  ending,
  finding,
  loggingIn,
  logoutEverywhere,
  moving,
  movingThereAndBack,
  passing,
  rotating,
} from './happenings.ts'
import { allOrders } from './plain.ts'
import { everyOrder, type Operation, type Scenario } from './scheduler.ts'
import { persons, type World } from './sessions.ts'

vi.mock('../../src/session-id.ts', async (original) => ({
  ...(await original<typeof import('../../src/session-id.ts')>()),
  mintSessionId: (await import('./ids.ts')).mintSessionId,
}))
vi.spyOn(Math, 'random').mockReturnValue(0)

const check = async () => {}

describe('orders run one by one', () => {
  class Cells {
    readonly cells: Record<string, number> = { a: 0, b: 0 }
    async read(cell: string): Promise<number> {
      return this.cells[cell] as number
    }
    async write(cell: string, value: number): Promise<void> {
      if (value > 6) throw new RangeError('too much')
      this.cells[cell] = value
    }
  }
  /** What an increment must not be. */
  const adding =
    (cell: string, amount: number): Operation<Cells> =>
    async (world, gate) => {
      const cells = gate(world)
      const sum = (await cells.read(cell)) + amount
      await cells.write(cell, sum)
      return sum
    }
  const addingToBoth =
    (amount: number): Operation<Cells> =>
    async (world, gate) =>
      Promise.all([adding('a', amount)(world, gate, () => {}), adding('b', amount)(world, gate, () => {})])
  const failing: Operation<Cells> = async (world, gate) => {
    const before = await gate(world).read('b')
    const written = gate(world).write('b', before > 1 ? 7 : 3)
    return written.catch((error: RangeError) => error.message)
  }
  const ofCells = (scenario: Pick<Scenario<Cells>, 'operations' | 'crashes' | 'inOrder'>) => ({
    ...scenario,
    world: async () => new Cells(),
    describe: async ({ cells }: Cells) => JSON.stringify(cells),
  })
  const ofPerson = (operations: Operation<World>[], crashes: boolean) => ({
    ...persons,
    operations,
    crashes,
    inOrder: true,
  })

  test.each([
    ['three that add', ofCells({ operations: [adding('a', 1), adding('a', 2), adding('b', 4)], crashes: true })],
    ['two that add to both at once', ofCells({ operations: [addingToBoth(1), addingToBoth(2)] })],
    ['in order', ofCells({ operations: [addingToBoth(1), addingToBoth(2)], crashes: true, inOrder: true })],
    [
      'one that crashes, one that does two things at once',
      ofCells({ operations: [adding('b', 1), addingToBoth(2)], crashes: true }),
    ],
    ['one of which may fail', ofCells({ operations: [adding('b', 2), failing, adding('b', 1)] })],
  ])('end the same: %s', async (_, scenario) => {
    await expectSame({ ...scenario, check: async () => {} })
  })

  test.each<[string, Operation<World>[], boolean]>([
    ['a look and an end', [finding, ending], true],
    ['log out everywhere and an end', [logoutEverywhere, ending], true],
    ['log out everywhere, an end and the end of a TTL', [logoutEverywhere, ending, passing(61)], false],
    ['a rotation and an end', [rotating(0), ending], true],
    ['a move and an end', [moving('B'), ending], true],
    ['a login and the end of a TTL', [loggingIn, passing(61)], true],
  ])('end the same: %s', async (_, operations, crashes) => {
    await expectSame({ ...ofPerson(operations, crashes), check })
  })

  async function expectSame<W extends object>(scenario: Scenario<W>): Promise<void> {
    const { orders, ends } = await everyOrder(scenario)
    const plain = await allOrders(scenario)
    expect(orders).toBe(plain.orders)
    expect([...ends].sort()).toEqual([...plain.ends].sort())
    expect(orders).toBeGreaterThan(10)
  }
})

describe('what an operation does not keep', () => {
  const keepingAll = (operation: Operation<World>): Operation<World> =>
    Object.assign<Operation<World>, object>((...given) => operation(...given), {})

  test.each<[string, Operation<World>[]]>([
    ['log out everywhere and a rotation', [logoutEverywhere, rotating(30)]],
    ['log out everywhere and a move there and back', [logoutEverywhere, movingThereAndBack]],
    ['a rotation and a move', [rotating(0), moving('B')]],
    ['a rotation and a move there and back', [rotating(0), movingThereAndBack]],
    ['log out everywhere, a rotation and an end', [logoutEverywhere, rotating(30), ending]],
    ['log out everywhere and two rotations', [logoutEverywhere, rotating(0), rotating(0)]],
    ['log out everywhere and two moves', [logoutEverywhere, moving('B'), moving('B')]],
  ])('makes no difference: %s', async (_, operations) => {
    const scenario = { ...persons, inOrder: true, check }
    const some = await everyOrder({ ...scenario, operations })
    const all = await everyOrder({ ...scenario, operations: operations.map(keepingAll) })
    expect(all.orders).toBe(some.orders)
    expect([...all.ends].sort()).toEqual([...some.ends].sort())
    expect(all.situations).toBeGreaterThan(some.situations)
  })
})

test('an operation that does something else when it is run again is noticed', async () => {
  let runs = 0
  const fickle: Operation<World> = async (world, gate) => {
    runs += 1
    await gate(world.engine).read(runs === 1 ? world.id : 'another', false)
  }
  const walk = everyOrder({ ...persons, operations: [fickle, ending], check })
  await expect(walk).rejects.toThrow('does something else')
})

test('so is one that waits for something else than its steps', async () => {
  const waiting: Operation<World> = () => new Promise(() => {})
  const walk = everyOrder({ ...persons, operations: [waiting], check })
  await expect(walk).rejects.toThrow('waits for what is no step')
})

test('an end that must not be is told with its order', async () => {
  const walk = everyOrder({
    ...persons,
    operations: [ending, passing(61)],
    check: async ({ clock }) => expect(clock.time).toBe(0),
  })
  await expect(walk).rejects.toThrow(/in the order .*1:pass/)
})
