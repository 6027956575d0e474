/** What moves the end of a session, and of a drop-in's that ends with its cookie: on both engines the same. */
import { randomUUID } from 'node:crypto'
import { createClient } from 'redis'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { type Engine, type Holding, NO_CHANGES } from '../../src/engine.ts'
import { DEFAULT_LIMITS } from '../../src/limits.ts'
import { MemoryEngine } from '../../src/memory/engine.ts'
import { FIXED } from '../../src/record.ts'
import { openRedis } from '../../src/redis/open.ts'

const client = await createClient({ url: inject('redis').url }).connect()
afterAll(() => client.close())

interface Bench {
  readonly engine: Engine
  /** Lets so many seconds of the session's time pass. */
  age(name: string, seconds: number): Promise<void>
}

const BENCHES: [string, () => Bench][] = [
  [
    'memory',
    () => {
      let time = Date.now()
      const engine = new MemoryEngine({ limits: DEFAULT_LIMITS, touchInterval: 0, now: () => time })
      return { engine, age: async (_name, seconds) => void (time += seconds * 1000) }
    },
  ],
  [
    'Redis',
    () => {
      const prefix = `ends:${randomUUID()}:`
      const { engine } = openRedis({ client, prefix, commandTimeout: 10_000 }, DEFAULT_LIMITS, 0)
      return {
        engine,
        async age(name, seconds) {
          const left = await client.pTTL(prefix + name)
          await client.hSet(prefix + name, 'last_accessed_at', '2020-02-02T02:02:02+00:00')
          await client.pExpire(prefix + name, left - seconds * 1000)
        },
      }
    },
  ],
]

type Step = (engine: Engine) => Promise<unknown>

const KEEPING: [string, Step][] = [
  ['a change', (engine) => engine.write('name', { ...NO_CHANGES, set: ['user', 'bert'] })],
  [
    'a change to something longer',
    (engine) => engine.write('name', { ...NO_CHANGES, set: ['user', 'andrew the second'] }),
  ],
  ['a removal', (engine) => engine.write('name', { ...NO_CHANGES, remove: ['user'] })],
  ['an increment', (engine) => engine.increment('name', 'views', '1')],
]

const MOVING: [string, Step][] = [
  ['a change with a TTL', (engine) => engine.write('name', { set: ['user', 'bert'], remove: [], ttl: 100 })],
  ['a TTL', (engine) => engine.write('name', { ...NO_CHANGES, ttl: 100 })],
  ['a touch', (engine) => engine.write('name', NO_CHANGES)],
  ['a read that refreshes', (engine) => engine.read('name', true)],
]

describe.each(BENCHES)('%s', (_name, open) => {
  /** How many seconds a session of 100, of which 60 have passed, has left after a step; and when it was last accessed. */
  async function after(step: Step, own: string[]) {
    const { engine, age } = open()
    const fields = ['user', 'andrew', 'views', '7', ...own]
    await engine.create('name', { fields, ttl: 100, absoluteTtl: null, authenticated: false, heldUntil: null })
    await age('name', 60)
    await step(engine)
    const holding = (await engine.inspect('name')) as Holding
    const accessed = holding.fields[holding.fields.indexOf('last_accessed_at') + 1] as string
    return {
      left: Math.round(holding.remaining / 1000),
      isAccessed: Math.abs(Date.parse(accessed) - holding.now) < 5000,
    }
  }

  test.each(KEEPING)('%s leaves the end where it is', async (_what, step) => {
    expect(await after(step, [FIXED, '1'])).toEqual({ left: 40, isAccessed: true })
  })

  test.each(MOVING)('%s moves the end', async (_what, step) => {
    expect(await after(step, [FIXED, '1'])).toEqual({ left: 100, isAccessed: true })
  })

  test.each([
    ['a minute', 40],
    ['10 seconds', 10],
  ])('a first index entry, for %s, lets it live no longer', async (entry, left) => {
    const announce = async (engine: Engine) => {
      const { now } = (await engine.inspect('name')) as Holding
      const until = now + (entry === 'a minute' ? 60_000 : 10_000)
      return engine.announce('name', { add: ['entry'], remove: [], until }, null)
    }
    for (const own of [[], [FIXED, '1']]) expect(await after(announce, own)).toEqual({ left, isAccessed: false })
  })

  test.each([...KEEPING, ...MOVING])('%s begins the time of any other session again', async (_what, step) => {
    expect(await after(step, [])).toEqual({ left: 100, isAccessed: true })
  })
})
