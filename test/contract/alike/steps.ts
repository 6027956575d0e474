/**
 * Steps as data: each can be carried out on several engines, and a run that fails be shrunk. Lifetimes end in 5, and the time
 * that passes in 0, so that moments in tens of seconds are the same on engines that are asked one after the other.
 */
import fc from 'fast-check'
import { type Engine, type Holding, NO_CHANGES, type Seen } from '../../../src/engine.ts'
import { formatTimestamp } from '../../../src/lifetime.ts'
import { FIXED, INDEXED, isReserved, MARK } from '../../../src/record.ts'

export const NAMES = ['a', 'b', 'c'] as const
type Name = (typeof NAMES)[number]

/** What a step's caller saw of the session, or believes to have seen. */
type Sight = null | {
  readonly fields: readonly string[]
  readonly isStale: boolean
  readonly counts: boolean
  readonly within: 'anything' | 'its entries' | 'nothing'
}

export type Step = { readonly name: Name } & (
  | {
      do: 'create'
      fields: string[]
      ttl: number
      absoluteTtl: number | null
      authenticated: boolean
      held: number | null
    }
  | { do: 'read'; refresh: boolean }
  | { do: 'write'; set: string[]; remove: string[]; ttl: number | null; seen: Sight }
  | { do: 'increment'; field: string; amount: string; seen: Sight }
  | { do: 'vitals' | 'release' }
  | { do: 'end'; seen: Sight }
  | { do: 'reserve'; entries: string[]; predecessor: string | null }
  | {
      do: 'seal'
      grace: number
      set: string[]
      authenticated: boolean
      entries: string[] | null
      until: number
      seen: Sight
    }
  | { do: 'settle'; from: Name }
  | { do: 'announce'; add: string[]; remove: string[]; until: number | null; seen: Sight }
)

/** Steps at once, or seconds that pass. */
export type Turn = readonly Step[] | number

const ttl = fc.constantFrom(15, 25, 65, 105, 3605, 7_999_999_999_995)
const until = fc.constantFrom(125, 1005, 5005)
const integer = fc.oneof(
  fc.integer({ min: -20, max: 20 }).map(String),
  fc.constantFrom('9223372036854775807', '-9223372036854775808', '9007199254740993'),
)
const value = fc.oneof(
  integer,
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('007', '1e3', ' 1', '-0', '9223372036854775808', 'long '.repeat(100)),
)
const field = fc.constantFrom('n', 'user', 'é😀', '__proto__', 'constructor', 'long '.repeat(50))
const fields = fc.array(fc.tuple(field, value), { maxLength: 4 }).map((pairs) => [...new Map(pairs)].flat())
const entries = fc.uniqueArray(fc.constantFrom('user:1', 'user:2', 'team:"é/'), { maxLength: 3 })
const or = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 2 })
const seen: fc.Arbitrary<Sight> = or(
  fc.record({
    fields: fc.uniqueArray(fc.oneof(field, fc.constantFrom('session_ttl', 'sojourn:deadline')), { maxLength: 3 }),
    isStale: fc.nat(5).map((dice) => dice === 0),
    counts: fc.boolean(),
    within: fc.constantFrom('anything', 'its entries', 'nothing'),
  }),
)
const name = fc.constantFrom(...NAMES)
const write = fc
  .record({ name, do: fc.constant('write' as const), set: fields, remove: fc.uniqueArray(field), ttl: or(ttl), seen })
  .map((step) => ({ ...step, remove: step.remove.filter((each) => !step.set.includes(each)) }))
/** What a drop-in does when a cookie begins to be the session's end, or is it no more. */
const fix = fc.record({ name, ttl, isFixed: fc.boolean() }).map(({ name, ttl, isFixed }) => ({
  name,
  do: 'write' as const,
  set: isFixed ? [FIXED, '1'] : [],
  remove: isFixed ? [] : [FIXED],
  ttl,
  seen: null,
}))

const step = (kind: Step['do'], rest: object) =>
  fc.record({ name, do: fc.constant(kind), ...rest }) as fc.Arbitrary<Step>
const own = fc.nat(3).map((dice) => (dice === 0 ? [FIXED, '1'] : []))
const created = fc.tuple(fields, own).map((parts) => parts.flat())
const create = step('create', {
  fields: created,
  ttl,
  absoluteTtl: or(ttl),
  authenticated: fc.boolean(),
  held: or(until),
})

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: create },
  { weight: 4, arbitrary: step('read', { refresh: fc.boolean() }) },
  { weight: 6, arbitrary: write },
  { weight: 1, arbitrary: fix },
  { weight: 4, arbitrary: step('increment', { field, amount: integer, seen }) },
  { weight: 1, arbitrary: step('vitals', {}) },
  { weight: 1, arbitrary: step('end', { seen }) },
  { weight: 1, arbitrary: step('reserve', { entries, predecessor: or(name) }) },
  {
    weight: 1,
    arbitrary: step('seal', {
      grace: fc.constantFrom(0, 15, 105),
      set: fields,
      authenticated: fc.boolean(),
      entries: or(entries),
      until,
      seen,
    }),
  },
  { weight: 2, arbitrary: step('settle', { from: name }) },
  { weight: 1, arbitrary: step('release', {}) },
  { weight: 2, arbitrary: step('announce', { add: entries, remove: entries, until: or(until), seen }) },
)

const turn: fc.Arbitrary<Turn> = fc.oneof(
  { weight: 6, arbitrary: fc.array(anyStep, { minLength: 1, maxLength: 8 }) },
  { weight: 2, arbitrary: fc.constantFrom(10, 20, 60, 1000) },
)

/** A run begins with sessions, or most of its steps would meet nothing. */
export const run: fc.Arbitrary<readonly Turn[]> = fc
  .tuple(fc.array(create, { minLength: 1, maxLength: 3 }), fc.array(turn, { maxLength: 12 }))
  .map(([creations, turns]) => [creations, ...turns])

/** What a session is handed over as that nobody has sealed. */
function handoverAt(now: number): string {
  const then = formatTimestamp(now - 100_000)
  // biome-ignore format: each field beside its value
  return JSON.stringify(['session_ttl', '105', 'created_at', then, 'last_accessed_at', then, 'user', 'andrew'])
}

const SEALED = 'A'.repeat(43)

export interface Circumstances {
  readonly now: number
  readonly sights: ReadonlyMap<Step, Seen>
  /** What seals have handed over, by the name that was sealed. */
  readonly handovers: ReadonlyMap<string, string>
}

export function carryOut(engine: Engine, step: Step, { now, sights, handovers }: Circumstances): Promise<unknown> {
  const { name } = step
  const seen = sights.get(step) ?? null
  const at = (seconds: number | null) => seconds && now + seconds * 1000
  switch (step.do) {
    case 'create': {
      const { fields, ttl, absoluteTtl, authenticated, held } = step
      return engine.create(name, { fields, ttl, absoluteTtl, authenticated, heldUntil: at(held) })
    }
    case 'read':
      return engine.read(name, step.refresh)
    case 'write': {
      const changes = { ...NO_CHANGES, set: [...step.set], remove: step.remove, ttl: step.ttl }
      return seen === null ? engine.write(name, changes) : engine.write(name, changes, seen)
    }
    case 'increment':
      return seen === null
        ? engine.increment(name, step.field, step.amount)
        : engine.increment(name, step.field, step.amount, seen)
    case 'vitals':
      return engine.vitals(name)
    case 'end':
      return seen === null ? engine.end(name) : engine.end(name, seen)
    case 'reserve':
      return engine.reserve(name, step)
    case 'seal': {
      const { grace, set, authenticated, entries } = step
      const indexed = entries && { entries, until: now + step.until * 1000 }
      return engine.seal(name, { successor: SEALED, grace, set, authenticated, indexed }, seen)
    }
    case 'settle':
      return engine.settle(name, handovers.get(step.from) ?? handoverAt(now))
    case 'release':
      return engine.release(name)
    case 'announce':
      return engine.announce(name, { ...step, until: at(step.until) }, seen)
  }
}

/** What a caller sees that looks before the step, or looked long before. */
export function sightOf(sight: Exclude<Sight, null>, holding: Holding | null): Seen {
  const flat = holding?.fields ?? []
  const stored = new Map(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] as string] as const] : [])))
  const within = { anything: null, nothing: [], 'its entries': JSON.parse(stored.get(INDEXED) ?? '[]') as string[] }
  return {
    fields: sight.fields.map((name) => [name, sight.isStale ? 'stale' : (stored.get(name) ?? null)]),
    size: sight.counts ? [...stored.keys()].filter((name) => !isReserved(name) && !name.startsWith(MARK)).length : null,
    within: within[sight.within],
  }
}
