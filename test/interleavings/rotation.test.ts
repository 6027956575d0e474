import { expect, test, vi } from 'vitest'
import type { Engine, Reply } from '../../src/engine.ts'
import { DEFAULT_LIMITS } from '../../src/limits.ts'
import { MemoryEngine } from '../../src/memory/engine.ts'
import { follow, rotate } from '../../src/rotation.ts'
import { mintSessionId } from '../../src/session-id.ts'
import { everyOrder, type Operation as OperationIn, type Outcome } from './scheduler.ts'

vi.mock('../../src/session-id.ts', async (original) => ({
  ...(await original<typeof import('../../src/session-id.ts')>()),
  mintSessionId: (await import('./ids.ts')).mintSessionId,
}))

interface World {
  engine: Engine
  id: string
  grace: number
}

type Operation = OperationIn<World>

const nameOf = (id: string) => id
const parts = (engine: Engine) => ({
  engine,
  nameOf,
  membership: null,
  write: (name: string, set: string[]) => engine.write(name, { set, remove: [], ttl: null }),
})

const rotating: Operation = ({ engine, id, grace }, gate) =>
  rotate(parts(gate(engine)), id, { grace, set: [], authenticated: false, login: null })
const loggingIn: Operation = ({ engine, id }, gate) =>
  rotate(parts(gate(engine)), id, { grace: 0, set: ['username', 'andrew'], authenticated: true, login: null })
const counting: Operation = ({ engine, id }, gate) => on(gate(engine), id, (e, name) => e.increment(name, 'n', '1'))
const reading: Operation = ({ engine, id }, gate) => on(gate(engine), id, (e, name) => e.read(name, true))
const ending: Operation = async ({ engine, id }, gate) =>
  (await on(gate(engine), id, (e, name) => e.end(name))) !== null

function on<T>(
  engine: Engine,
  id: string,
  step: (engine: Engine, name: string) => Promise<Reply<T>>,
): Promise<T | null> {
  return follow({ engine, nameOf }, id, (current) => step(engine, current))
}

const worldWith = (grace: number) => async (): Promise<World> => {
  const engine = new MemoryEngine({ limits: DEFAULT_LIMITS, touchInterval: 0, now: () => 0 })
  const id = mintSessionId()
  await engine.create(id, { fields: ['n', '0'], ttl: 60, absoluteTtl: null, authenticated: false, heldUntil: null })
  return { engine, id, grace }
}

async function describeWorld({ engine }: World): Promise<string> {
  const found: unknown[] = []
  for await (const names of engine.names()) for (const name of names) found.push([name, await engine.inspect(name)])
  return JSON.stringify(found.sort())
}

const world = (grace: number) => ({ world: worldWith(grace), describe: describeWorld })

const field = async (engine: Engine, id: string, name: string) => {
  const flat = await on(engine, id, (e, key) => e.read(key, false))
  return flat === null ? null : flat[flat.indexOf(name) + 1]
}

/** How many live sessions there are. */
async function population(engine: Engine): Promise<number> {
  let live = 0
  for await (const names of engine.names()) {
    for (const name of names) if (Array.isArray(await engine.read(name, false))) live += 1
  }
  return live
}

test('increments that cross a rotation with grace are all kept, whoever crashes', async () => {
  const { orders } = await everyOrder({
    ...world(30),
    operations: [rotating, counting, counting],
    crashes: true,
    async check({ engine, id }, { results }) {
      const counted = results.slice(1).filter((result) => result !== undefined)
      expect(counted).not.toContain(null)
      // A crashed operation may or may not have counted; an acknowledged one has.
      expect(Number(await field(engine, id, 'n'))).toBeGreaterThanOrEqual(counted.length)
      expect(await population(engine)).toBe(1)
    },
  })
  expect(orders).toBeGreaterThan(100)
})

test('without crashes they add up exactly', async () => {
  await everyOrder({
    ...world(30),
    operations: [rotating, counting, counting],
    async check({ engine, id }, { results }) {
      expect(results.slice(1).map(Number).sort()).toEqual([1, 2])
      expect(await field(engine, results[0] as string, 'n')).toBe('2')
      expect(await field(engine, id, 'n')).toBe('2')
    },
  })
})

test('nobody is turned away by a rotation within grace', async () => {
  await everyOrder({
    ...world(30),
    operations: [rotating, reading, rotating],
    async check(_world, { results }) {
      expect(results[1]).not.toBe(null)
      expect(results[0]).toBe(results[2])
    },
  })
})

test('of two rotations without grace one wins, and one session is left', async () => {
  await everyOrder({
    ...world(0),
    operations: [rotating, rotating],
    async check({ engine }, { results }) {
      expect(results.filter((id) => id !== null)).toHaveLength(1)
      expect(await population(engine)).toBe(1)
    },
  })
})

test.each([0, 30])('a session ended during a rotation with grace %i stays ended', async (grace) => {
  await everyOrder({
    ...world(grace),
    operations: [rotating, ending, counting],
    async check({ engine, id }, outcome) {
      expectEnded(outcome, grace)
      if (outcome.results[1] !== true) return
      expect(await field(engine, id, 'n')).toBe(null)
      expect(await population(engine)).toBe(0)
    },
  })
})

/** With grace 0 the old ID may be dead before the logout arrives; with grace it always reaches the session. */
function expectEnded({ results }: Outcome, grace: number): void {
  expect(grace === 0 || results[1] === true).toBe(true)
}

test('a login that crosses a rotation with grace leaves no way in by the old ID', async () => {
  await everyOrder({
    ...world(30),
    operations: [rotating, loggingIn],
    crashes: true,
    async check({ engine, id }, { results, crashed }) {
      if (crashed[1] || results[1] === null) return
      expect(await field(engine, results[1] as string, 'username')).toBe('andrew')
      expect(await field(engine, id, 'username')).toBe(null)
      if (results[0])
        expect(results[0] === results[1] ? null : await field(engine, results[0] as string, 'username')).toBe(null)
    },
  })
})
