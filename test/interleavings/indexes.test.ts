/** "Log out everywhere", rotations, logins and moves between indexes, in every order, with a crash after each step. */
import { beforeEach, expect, test, vi } from 'vitest'
import type { Engine, IndexEngine } from '../../src/engine.ts'
import type { SessionLimitDeclarations } from '../../src/indexes/session-limits.ts'
import { DEFAULT_LIMITS } from '../../src/limits.ts'
import { MemoryEngine } from '../../src/memory/engine.ts'
import { MemoryIndexEngine } from '../../src/memory/index-engine.ts'
import { decodeRecord } from '../../src/record.ts'
import { EngineSessionStore } from '../../src/session-store.ts'
import { everyOrder, type Outcome, type Scenario, someOrders } from './scheduler.ts'

/** Each order is found by running it again from the start: nothing in it may be left to chance. */
const minted = vi.hoisted(() => ({ count: 0 }))
vi.mock('../../src/session-id.ts', async (original) => ({
  ...(await original<typeof import('../../src/session-id.ts')>()),
  mintSessionId: () => Buffer.from(String(minted.count++).padStart(32, '0')).toString('base64url'),
}))
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0)
})

interface World {
  engine: Engine
  indexEngine: IndexEngine
  id: string
}

type Operation = Scenario<World>['operations'][number]

class Store extends EngineSessionStore {
  constructor(engine: Engine, indexEngine: IndexEngine, limits?: SessionLimitDeclarations) {
    super({
      engine,
      indexEngine,
      hashIds: false,
      ttl: 60,
      absoluteTtl: null,
      sizes: DEFAULT_LIMITS,
      indexes: { user: true },
      limits,
    })
  }
}

const operation =
  (run: (store: Store, world: World) => Promise<unknown>, limits?: SessionLimitDeclarations): Operation =>
  (world, gate) =>
    run(new Store(gate(world.engine), gate(world.indexEngine), limits), world)

const logoutEverywhere = operation((store) => store.deleteSessions({ user: 'A' }))
const rotating = (grace: number) => operation((store, { id }) => store.rotateSession(id, { grace }))
const moving = (user: string) => operation((store, { id }) => store.updateSession(id, { user }))
const leaving = operation((store, { id }) => store.deleteFields(id, ['user']))
const ending = operation((store, { id }) => store.deleteSession(id))
const finding = operation((store) => store.countSessions({ user: 'A' }))

async function world(user = 'A'): Promise<World> {
  minted.count = 0
  const engine = new MemoryEngine({ limits: DEFAULT_LIMITS, touchInterval: 0, now: () => 0 })
  const indexEngine = new MemoryIndexEngine(() => 0)
  const id = await new Store(engine, indexEngine).createSession({ user })
  return { engine, indexEngine, id }
}

async function describeWorld({ engine, indexEngine }: World): Promise<string> {
  const parts: unknown[] = []
  for await (const names of engine.names()) for (const name of names) parts.push([name, await engine.inspect(name)])
  for (const list of ['user:A', 'user:B', 'user:C']) {
    const entries = await indexEngine.page(list, null, 100)
    parts.push([list, entries.map(({ name }) => name), await indexEngine.orderOf(list, '@epoch')])
  }
  return JSON.stringify(parts)
}

/** The users of all live sessions. */
async function users({ engine }: World): Promise<string[]> {
  const found: string[] = []
  for await (const names of engine.names()) {
    for (const name of names) {
      const flat = await engine.read(name, false)
      if (Array.isArray(flat)) found.push(decodeRecord(flat, 0, 0)?.data.user ?? 'nobody')
    }
  }
  return found.sort()
}

/** Each list shows exactly the live sessions whose field says so. */
async function expectIndexed(world: World): Promise<void> {
  const alive = await users(world)
  const store = new Store(world.engine, world.indexEngine)
  for (const user of ['A', 'B', 'C']) {
    expect(await store.countSessions({ user }), `sessions of ${user}`).toBe(
      alive.filter((each) => each === user).length,
    )
  }
}

const base = { world: () => world(), describe: describeWorld, crashes: true, inOrder: true } satisfies Partial<
  Scenario<World>
>

test.each([0, 30])('no escape: a rotation with grace %i under way', async (grace) => {
  await everyOrder({
    ...base,
    operations: [logoutEverywhere, rotating(grace)],
    async check(world, { crashed }) {
      if (!crashed[0]) expect(await users(world)).toEqual([])
      await expectIndexed(world)
    },
  })
})

test('no escape: several rotations, moves and looks at the index under way', async () => {
  const everything = [rotating(30), rotating(0), finding, moving('B'), ending]
  for (const [i, first] of everything.entries()) {
    for (const second of everything.slice(i)) {
      const scenario = {
        ...base,
        operations: [logoutEverywhere, first, second],
        async check(world: World, { crashed }: Outcome) {
          if (!crashed[0]) expect(await users(world)).not.toContain('A')
          await expectIndexed(world)
        },
      }
      await someOrders(scenario, 80)
      await someOrders({ ...scenario, crashes: false }, 80)
    }
  }
})

test('no escape: the session ends, or has become somebody else’s', async () => {
  await everyOrder({
    ...base,
    operations: [logoutEverywhere, moving('B')],
    async check(world, { crashed }) {
      if (!crashed[0]) expect(await users(world)).not.toContain('A')
      await expectIndexed(world)
    },
  })
})

test('no escape: a login that began before', async () => {
  await everyOrder({
    ...base,
    operations: [
      logoutEverywhere,
      operation(async (store) => {
        const epoch = await store.loginEpoch({ user: 'A' })
        return store.createSession({ user: 'A' }, { epoch }).catch((error) => error.code)
      }),
    ],
    async check(world, { crashed, trace }) {
      const steps = trace.split(' ')
      const loggedOut = steps.indexOf('0:epoch')
      const began = steps.indexOf('1:epoch')
      if (!crashed[0] && began < loggedOut) expect(await users(world)).toEqual([])
      await expectIndexed(world)
    },
  })
})

test('an index misses no session whose field changes twice at once', async () => {
  await everyOrder({ ...base, operations: [moving('B'), moving('A')], check: expectIndexed })
  await everyOrder({ ...base, crashes: false, operations: [moving('B'), moving('C')], check: expectIndexed })
  await everyOrder({ ...base, crashes: false, operations: [moving('B'), leaving], check: expectIndexed })
})

test('nor one whose field goes and comes back while others look', async () => {
  const thereAndBack = operation(async (store, { id }) => {
    await store.updateSession(id, { user: 'B' })
    return store.updateSession(id, { user: 'A' })
  })
  await everyOrder({ ...base, operations: [thereAndBack, finding], check: expectIndexed })
  await everyOrder({ ...base, crashes: false, operations: [thereAndBack, moving('B')], check: expectIndexed })
})

test('nor one that rotates while its field changes', async () => {
  await everyOrder({ ...base, operations: [rotating(0), moving('B')], check: expectIndexed })
  await everyOrder({ ...base, crashes: false, operations: [rotating(30), moving('B')], check: expectIndexed })
})

test('nor one that rotates, or ends, while others look', async () => {
  await everyOrder({ ...base, operations: [rotating(0), finding], check: expectIndexed })
  await everyOrder({ ...base, operations: [rotating(0), ending], check: expectIndexed })
})

test.each(['end-oldest', 'refuse'] as const)('a limit with %s holds for logins at once', async (onExceed) => {
  const limits = { user: { max: 1, onExceed } }
  const login = operation((store) => store.createSession({ user: 'A' }).catch((error) => error.code), limits)
  const scenario = {
    ...base,
    crashes: false,
    operations: [login, login],
    async check(world: World) {
      expect(await users(world)).toEqual(['A'])
      await expectIndexed(world)
    },
  }
  await someOrders(scenario, 1000)
  await someOrders({ ...scenario, operations: [login, login, rotating(0)] }, 500)
})
