/** The engines that are to be alike, each with sessions of its own and a way to let time pass for them. */
import { randomUUID } from 'node:crypto'
import { type Engine, Moved, type Vitals } from '../../../src/engine.ts'
import { formatTimestamp } from '../../../src/lifetime.ts'
import { DEFAULT_LIMITS } from '../../../src/limits.ts'
import { MemoryEngine } from '../../../src/memory/engine.ts'
import { dataOf, type FlatFields } from '../../../src/record.ts'
import { redisPort } from '../../../src/redis/client.ts'
import { openRedis } from '../../../src/redis/open.ts'
import { type Circumstances, carryOut, NAMES, type Step } from './steps.ts'

export interface World {
  readonly name: string
  readonly engine: Engine
  now(): number
  /** What seals have handed over, by the name that was sealed. */
  readonly handovers: Map<string, string>
  /** What steps reply that begin in this order. */
  replies(steps: readonly Step[], circumstances: Circumstances): Promise<PromiseSettledResult<unknown>[]>
  pass(seconds: number): Promise<unknown>
}

/** So little that runs meet it. */
const LIMITS = { ...DEFAULT_LIMITS, maxFields: 5, maxSessionBytes: 2000 }
const PATIENCE = 10_000

export function worldsOn(client: object): World[] {
  return [memory(), redis(client, 'Redis, step by step', oneByOne), redis(client, 'Redis, steps at once', atOnce)]
}

function memory(): World {
  let passed = 0
  const now = () => Date.now() + passed
  const engine = new MemoryEngine({ limits: LIMITS, touchInterval: 0, now })
  const pass = async (seconds: number) => void (passed += seconds * 1000)
  const handovers = new Map<string, string>()
  return { name: 'memory', engine, now, handovers, pass, replies: (steps, given) => oneByOne(engine, steps, given) }
}

type Way = (engine: Engine, steps: readonly Step[], given: Circumstances) => Promise<PromiseSettledResult<unknown>[]>

function redis(client: object, name: string, way: Way): World {
  const prefix = `alike:${randomUUID()}:`
  const { engine } = openRedis({ client, prefix, commandTimeout: PATIENCE }, LIMITS, 0)
  const handovers = new Map<string, string>()
  const pass = async (seconds: number) => {
    const milliseconds = seconds * 1000
    for (const [each, handover] of handovers)
      handovers.set(each, JSON.stringify(earlier(JSON.parse(handover), milliseconds)))
    await Promise.all(NAMES.map((each) => age(client, prefix + each, milliseconds)))
  }
  return { name, engine, now: Date.now, handovers, pass, replies: (steps, given) => way(engine, steps, given) }
}

async function oneByOne(engine: Engine, steps: readonly Step[], given: Circumstances) {
  const replies: PromiseSettledResult<unknown>[] = []
  for (const step of steps) replies.push(...(await atOnce(engine, [step], given)))
  return replies
}

function atOnce(engine: Engine, steps: readonly Step[], given: Circumstances) {
  return Promise.allSettled(steps.map((step) => carryOut(engine, step, given)))
}

/** Time passes for a key when all moments in it lie so much further back. */
async function age(client: object, key: string, milliseconds: number): Promise<unknown> {
  const { command } = redisPort(client)
  const send = (...args: string[]) => command(key, args)
  const flat = (await send('HGETALL', key)) as FlatFields
  if (flat.length === 0) return
  const left = Number(await send('PTTL', key)) - milliseconds
  if (left <= 0) return send('DEL', key)
  await send('HSET', key, ...earlier(flat, milliseconds))
  return send('PEXPIRE', key, String(left))
}

function earlier(flat: FlatFields, milliseconds: number): FlatFields {
  return flat.map((value, i) => {
    const field = flat[i - 1] as string
    if (i % 2 === 0 || momentIn(field, value) === null) {
      return i % 2 === 1 && field === 'sojourn:handover'
        ? JSON.stringify(earlier(JSON.parse(value), milliseconds))
        : value
    }
    const then = (momentIn(field, value) as number) - milliseconds
    return MOMENTS.has(field) ? String(then) : formatTimestamp(then)
  })
}

const TIMESTAMPS = new Set(['created_at', 'last_accessed_at', 'sojourn:authenticated_at'])
const MOMENTS = new Set(['sojourn:deadline', 'sojourn:indexed_until'])

function momentIn(field: string, value: string): number | null {
  if (TIMESTAMPS.has(field)) return Date.parse(value)
  return MOMENTS.has(field) ? Number(value) : null
}

/** Fields by name, moments as tens of seconds from now, lists in some order. */
export function fieldsOf(flat: FlatFields, now: number): object {
  const entries = Object.entries(dataOf(flat)).map(([field, value]) => {
    const moment = momentIn(field, value)
    if (moment !== null) return [field, tens(moment - now)]
    if (field === 'sojourn:indexed') return [field, JSON.parse(value).sort()]
    return [field, field === 'sojourn:handover' ? fieldsOf(JSON.parse(value), now) : value]
  })
  return Object.fromEntries([...entries, ['fields', flat.length / 2]])
}

/** Rounded so that it stays the same for some seconds to come, also for the minute of a reservation. */
export function tens(milliseconds: number): number {
  return Math.floor((Math.abs(milliseconds) + 2500) / 10_000)
}

/** A reply in a form that is equal where the engines are alike. */
export function comparable(reply: PromiseSettledResult<unknown>, { do: what }: Step, now: number): unknown {
  if (reply.status === 'rejected') return { code: reply.reason.code, message: reply.reason.message }
  const { value } = reply
  if (value instanceof Moved) {
    return { ...value, handover: value.handover && fieldsOf(JSON.parse(value.handover), now) }
  }
  if (what === 'read' && Array.isArray(value)) return fieldsOf(value, now)
  if (what === 'seal' && typeof value === 'string') return fieldsOf(JSON.parse(value), now)
  if (what === 'end' && Array.isArray(value)) return value.toSorted()
  if (what === 'reserve' && typeof value === 'number') return tens(value - now)
  if (what === 'vitals' && value !== null) {
    const { createdAt, lastAccessedAt, configuredTtl, remaining } = value as Vitals
    const [created, accessed] = [createdAt, lastAccessedAt].map((each) => tens(Date.parse(each) - now))
    return { created, accessed, configuredTtl, remaining: tens(remaining) }
  }
  return value
}
