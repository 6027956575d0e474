/** What may happen to a person's session, and what each operation goes by. */
import { LoginOvertakenError, SessionLimitError } from '../../src/errors.ts'
import type { SessionLimitDeclarations } from '../../src/indexes/session-limits.ts'
import { mintSessionId } from './ids.ts'
import type { Keeps, Learned, Note, Operation } from './scenario.ts'
import { Store, type World } from './sessions.ts'
import type { Step } from './step.ts'

type Run = (store: Store, world: World, note: Note) => Promise<unknown>

interface OperationOptions {
  readonly keeps?: Keeps
  readonly limits?: SessionLimitDeclarations
}

/** What a call of the store does, and not what it returns. */
export function operation(run: Run, { keeps, limits }: OperationOptions = {}): Operation<World> {
  const steps: Operation<World> = async (world, gate, note) => {
    const store = new Store({ engine: gate(world.engine), indexEngine: gate(world.indexEngine) }, limits)
    await run(store, world, note)
  }
  return Object.assign(steps, { keeps })
}

export const logoutEverywhere = operation((store) => store.deleteSessions({ user: 'A' }), { keeps: keptByEnding })

/** Returns whether the session that asks for it was on the list when it began: one that has ended cannot be spared. */
export const logoutElsewhere: Operation<World> = async (world, gate) => {
  const lists = gate(world.indexEngine)
  let wasListed = false
  const orderOf = async (list: string, name: string) => {
    const order = await lists.orderOf(list, name)
    wasListed ||= order !== null
    return order
  }
  const store = new Store({
    engine: gate(world.engine),
    indexEngine: Object.create(lists, { orderOf: { value: orderOf } }),
  })
  await store.deleteSessions({ user: 'A' }, { except: world.id })
  return wasListed
}

export const finding = operation((store) => store.countSessions({ user: 'A' }))
export const numbering: Operation<World> = (world, gate) =>
  new Store({ engine: gate(world.engine), indexEngine: gate(world.indexEngine) }).countSessions({ user: 'A' })
export const ending = operation((store, { id }) => store.deleteSession(id))
export const counting = operation((store, { id }) => store.incrementField(id, 'n'))
export const leaving = operation((store, { id }) => store.deleteFields(id, ['user']), { keeps: keptByMoving })

export const rotating = (grace: number) =>
  operation((store, { id }) => store.rotateSession(id, { grace }), { keeps: keptByRotating })

export const rotatingAnother = (grace: number) =>
  operation((store, { other }) => store.rotateSession(other, { grace }), { keeps: keptByRotating })

export const moving = (user: string) =>
  operation((store, { id }) => store.updateSession(id, { user }), { keeps: keptByMoving })

export const movingThereAndBack = operation(
  async (store, { id }, note) => {
    await store.updateSession(id, { user: 'B' })
    note('back')
    await store.updateSession(id, { user: 'A', stay: mintSessionId() })
  },
  { keeps: keptByMoving },
)

export const loggingIn = operation((store) => store.createSession({ user: 'A', stay: mintSessionId() }))

export const loggingInWithin = (limits: SessionLimitDeclarations) =>
  operation((store) => store.createSession({ user: 'A' }).catch(refusedBy(SessionLimitError)), {
    keeps: keptByCreating,
    limits,
  })

export const loggingInWithEpoch = operation(async (store) => {
  const login = await store.loginEpoch({ user: 'A' })
  const data = { user: 'A', stay: mintSessionId(), epoch: login.epoch }
  await store.createSession(data, { epoch: login }).catch(refusedBy(LoginOvertakenError))
})

/** What may come of a login; anything else is a mistake. */
function refusedBy(expected: typeof LoginOvertakenError | typeof SessionLimitError): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof expected)) throw error
  }
}

/** Time passes, in one step: so many seconds in which nobody does anything. */
export const passing =
  (seconds: number): Operation<World> =>
  (world, gate) =>
    gate(world.clock).pass(seconds)

/** What may happen to a person while everything of theirs is being ended. */
export const happenings = {
  'a rotation with a grace period': rotating(30),
  'a rotation without one': rotating(0),
  'a look at the index': finding,
  'a move to another user': moving('B'),
  'a move there and back': movingThereAndBack,
  'the end of the session': ending,
  'an increment': counting,
  'a login': loggingIn,
  'a login that began before': loggingInWithEpoch,
  'the end of a grace period': passing(31),
  'the end of a TTL': passing(61),
} satisfies Record<string, Operation<World>>

export type Happening = keyof typeof happenings

/** Each two of them, in no order. */
export const twoHappenings: readonly (readonly [Happening, Happening])[] = (
  Object.keys(happenings) as Happening[]
).flatMap((first, i, all) => all.slice(i).map((second) => [first, second] as const))

/** Rotations begin again and again while others move: these two have millions of situations each, and a test of their own. */
export function isLong([first, second]: readonly [Happening, Happening]): boolean {
  return first.startsWith('a rotation') && second === 'a move there and back'
}

/**
 * A look at the list begins with its first page and forgets what was before. While it lasts, what was on the list and how it
 * stood counts. Then what it found is ended, all at once; of each that is not ended yet it is known where it stood.
 */
function keptByEnding(learned: readonly Learned[], waiting: readonly Step[]): readonly Learned[] {
  const look = since(learned, waiting, ({ name, args }) => name === 'page' && args[1] === null)
  const isEnd = ({ name }: Step) => name === 'end'
  if (!waiting.some(isEnd) && !look.some(({ step }) => isEnd(step))) {
    return look.filter(({ step: { name } }) => name === 'page' || name === 'inspect')
  }
  const doomed = waiting.filter(isEnd).map(({ args }) => args[0])
  return look.filter(({ step: { name, args } }) => name === 'inspect' && doomed.includes(args[0]))
}

/** A look at the list, before the session is made or after; who else was there when it was entered. */
function keptByCreating(learned: readonly Learned[], waiting: readonly Step[]): readonly Learned[] {
  const own = learned.filter(({ step: { name } }) => name === 'enter' || name === 'create')
  return [...own, ...keptByEnding(learned, waiting)]
}

/** Each attempt begins with a look at the session and forgets those before. Who else is on a list does not matter to it. */
function keptByMoving(learned: readonly Learned[], waiting: readonly Step[]): readonly Learned[] {
  return attempt(learned, waiting).filter(({ step: { name } }) => name !== 'enter' && name !== 'leave')
}

/**
 * So does each attempt of a rotation. What it has seen then is its plan. It also goes by why it could not seal, and by
 * the places in which its successor stands. Everything else is used at once.
 */
function keptByRotating(learned: readonly Learned[], waiting: readonly Step[]): readonly Learned[] {
  const latest = attempt(learned, waiting)
  const predecessor = latest[0]?.step.args[0]
  return latest.filter(({ step: { name, args }, reply }) => {
    if (name === 'seal') return 'error' in reply || typeof reply.value !== 'string'
    return name === 'inspect' || name === 'announce' || (name === 'orderOf' && args[1] !== predecessor)
  })
}

function attempt(learned: readonly Learned[], waiting: readonly Step[]): readonly Learned[] {
  return since(learned, waiting, ({ name }) => name === 'inspect')
}

/** What was learned since the latest of certain steps: nothing, if one is about to be taken. */
function since(
  learned: readonly Learned[],
  waiting: readonly Step[],
  begins: (step: Step) => boolean,
): readonly Learned[] {
  if (waiting.some(begins)) return []
  return learned.slice(
    Math.max(
      0,
      learned.findLastIndex(({ step }) => begins(step)),
    ),
  )
}
