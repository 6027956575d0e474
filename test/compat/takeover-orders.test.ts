/** Taking a session over, while others load it and end it, in every order of steps and with a crash after each. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { createClient } from 'redis'
import { afterAll, describe, expect, inject, test, vi } from 'vitest'
import { Takeover, type TakeoverSteps } from '../../src/compat/dropin/takeover.ts'
import { RedisCalls } from '../../src/redis/calls.ts'
import { redisPort } from '../../src/redis/client.ts'
import { CLAIMED, type Claim, JsonStrings } from '../../src/redis/json-strings.ts'
import { SessionKeys } from '../../src/redis/keys.ts'
import { everyOrder, type Operation as OperationOn } from '../interleavings/scheduler.ts'

vi.mock('../../src/session-id.ts', async (original) => ({
  ...(await original<typeof import('../../src/session-id.ts')>()),
  mintSessionId: (await import('../interleavings/ids.ts')).mintSessionId,
}))

/** What a key holds. */
type Cell =
  | { kind: 'string'; text: string }
  | { kind: 'claim'; claim: Claim }
  | { kind: 'held'; nonce: string }
  | { kind: 'live'; fields: readonly string[] }

type Steps = Omit<TakeoverSteps, 'isInPlace' | 'convert'> & {
  /** Ends what the store has of the session. */
  end(name: string): Promise<void>
  /** The fields of a live session, sorted. */
  find(name: string): Promise<readonly string[] | null>
}

/** The scripts, without Redis: one session, its string and its hash. */
class Model implements Steps, TakeoverSteps {
  old: Cell | null = null
  own: Cell | null = null

  isInPlace(): boolean {
    return false
  }

  async convert(): Promise<boolean> {
    throw new Error('only in place')
  }

  async read(): Promise<string | typeof CLAIMED | null> {
    if (this.old === null) return null
    return this.old.kind === 'string' ? this.old.text : CLAIMED
  }

  async hold(_name: string, nonce: string): Promise<string | null> {
    this.own ??= { kind: 'held', nonce }
    return this.own.kind === 'held' ? this.own.nonce : null
  }

  async unhold(_name: string, nonce: string): Promise<boolean> {
    if (this.own?.kind !== 'held' || this.own.nonce !== nonce) return false
    this.own = null
    return true
  }

  async claim(_id: string, text: string, claim: Claim): Promise<Claim | 'changed' | null> {
    if (this.old?.kind === 'string') {
      if (this.old.text !== text) return 'changed'
      this.old = { kind: 'claim', claim }
    }
    return this.claimed()
  }

  async claimed(): Promise<Claim | null> {
    return this.old?.kind === 'claim' ? this.old.claim : null
  }

  async adopt(_name: string, { nonce, fields }: Claim): Promise<boolean> {
    if (this.own?.kind !== 'held' || this.own.nonce !== nonce) return false
    this.own = { kind: 'live', fields }
    return true
  }

  async forget(): Promise<boolean> {
    const was = this.old
    this.old = null
    return was !== null
  }

  /** By a server of the other store. */
  async save(): Promise<void> {
    if (this.old?.kind === 'string') this.old = { kind: 'string', text: '{"user":"bert"}' }
  }

  /** The time of a string that nobody has claimed is over. */
  async expire(): Promise<void> {
    if (this.old?.kind === 'string') this.old = null
  }

  async end(): Promise<void> {
    this.own = null
  }

  async find(): Promise<readonly string[] | null> {
    return this.own?.kind === 'live' ? [...this.own.fields].sort() : null
  }
}

const TEXT = '{"user":"andrew"}'
const term = { ttl: 60, fixed: false }

const world = async () => Object.assign(new Model(), { old: { kind: 'string', text: TEXT } as const })
type Operation = OperationOn<Model>

async function loadFrom(steps: Model): Promise<readonly string[] | null> {
  const found = await steps.find()
  if (found !== null) return found
  await new Takeover(
    steps,
    (id) => id,
    () => term,
  ).run('id')
  return steps.find()
}

/** Which is no step. */
const NOT_IN_PLACE = { isInPlace: { value: () => false } }

const loading: Operation = (model, gate) => loadFrom(Object.create(gate(model), NOT_IN_PLACE))
const ending: Operation = async (model, gate) => {
  const steps = gate(model)
  await steps.forget()
  await steps.end()
  return 'ended'
}
const expiring: Operation = async (model, gate) => void (await gate(model).expire())
/** A server of the other store that saves once more. */
const resaving: Operation = async (model, gate) => {
  await gate(model).save()
}
const describeWorld = async ({ old, own }: Model) => JSON.stringify([old, own])

describe('in every order', () => {
  test('loads at the same time all find the session, and it is there once', async () => {
    const { orders } = await everyOrder({
      world,
      operations: [loading, loading, loading],
      describe: describeWorld,
      async check(model, { results }) {
        expect(results).not.toContain(null)
        expect([model.old, model.own?.kind]).toEqual([null, 'live'])
      },
    })
    expect(orders).toBeGreaterThan(100)
  })

  test('whoever crashes, the next load finds it', async () => {
    await everyOrder({
      world,
      operations: [loading, loading],
      describe: describeWorld,
      crashes: true,
      async check(model, { results, crashed }) {
        expect(results.filter((_, i) => !crashed[i])).not.toContain(null)
        expect(await loadFrom(model)).not.toBe(null)
      },
    })
  })

  test('a session that has been ended is not found again, whoever crashes', async () => {
    const { orders } = await everyOrder({
      world,
      operations: [loading, loading, ending],
      crashes: true,
      describe: describeWorld,
      async check(model, { crashed }) {
        if (!crashed[2]) expect(await loadFrom(model)).toBe(null)
      },
    })
    expect(orders).toBeGreaterThan(1000)
  })

  test('a name is not held for a session that has ended or expired, unless somebody crashes', async () => {
    for (const over of [ending, expiring]) {
      await everyOrder({
        world,
        operations: [loading, loading, over, resaving],
        describe: describeWorld,
        async check(model) {
          expect(model.own?.kind).not.toBe('held')
        },
      })
    }
  })

  test('what the other store saves before the claim is what is taken over', async () => {
    await everyOrder({
      world,
      operations: [loading, loading, resaving],
      describe: describeWorld,
      async check(model, { results }) {
        expect(results[0]).toEqual(results[1])
        expect(await loadFrom(model)).toEqual(results[0])
      },
    })
  })
})

describe('the model', () => {
  const client = createClient({ url: inject('redis').url })
  afterAll(() => client.destroy())

  test('does what the scripts do', async () => {
    if (!client.isOpen) await client.connect()
    const calls = new RedisCalls(redisPort(client), { commandTimeout: 10_000, maxWaiting: 1000, failFastAfter: 1000 })
    const step = fc.constantFrom(
      'read',
      'hold',
      'claim',
      'changed',
      'claimed',
      'adopt',
      'adopt other',
      'unhold',
      'unhold other',
      'forget',
      'end',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (names) => {
        const model = await world()
        const redis = await onRedis(calls)
        for (const name of names) expect([name, await play(redis, name)]).toEqual([name, await play(model, name)])
      }),
      { numRuns: 200 },
    )
  })

  async function onRedis(calls: RedisCalls): Promise<Steps> {
    const [old, own] = [new SessionKeys(`old:${randomUUID()}:`), new SessionKeys(`own:${randomUUID()}:`)]
    await client.set(old.session('id'), TEXT)
    const strings = new JsonStrings(calls, old, own)
    return Object.assign(strings, {
      end: async () => void (await client.del(own.session('id'))),
      find: async () => {
        const fields = await client.hGetAll(own.session('id'))
        if (fields.created_at === undefined) return null
        const { created_at: _at, last_accessed_at: _last, ...rest } = fields
        return Object.entries(rest).flat().sort()
      },
    })
  }

  async function play(steps: Steps, name: string): Promise<unknown> {
    const claim = { nonce: 'mine', remaining: 60_000, fields: ['session_ttl', '60', 'user', '"andrew"'] }
    const moves: Record<string, () => Promise<unknown>> = {
      read: () => steps.read('id'),
      hold: () => steps.hold('id', 'mine'),
      claim: () => steps.claim('id', TEXT, claim),
      changed: () => steps.claim('id', 'another text', claim),
      claimed: () => steps.claimed('id'),
      adopt: () => steps.adopt('id', claim),
      'adopt other': () => steps.adopt('id', { ...claim, nonce: 'another' }),
      unhold: () => steps.unhold('id', 'mine'),
      'unhold other': () => steps.unhold('id', 'another'),
      forget: () => steps.forget('id'),
      end: () => steps.end('id'),
    }
    const reply = await moves[name]?.()
    return [isClaim(reply) ? { nonce: reply.nonce, fields: [...reply.fields].sort() } : reply, await steps.find('id')]
  }
})

function isClaim(reply: unknown): reply is Claim {
  return typeof reply === 'object' && reply !== null && 'nonce' in reply
}
