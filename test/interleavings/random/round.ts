/** One round: a user's sessions, what happens to them at once, and "log out everywhere" in the middle of it. */
import { LoginOvertakenError, RedisSessionStore, type SessionStore, StoreUnavailableError } from '../../../src/index.ts'
import type { RedisPort } from '../../../src/redis/port.ts'
import type { Course, Plan, Step } from './plan.ts'
import { turns } from './turns.ts'
import { type Unsteadiness, unsteadyClient } from './unsteady-client.ts'

/** Servers of an application, each with a client of its own, on the same sessions. */
export interface Servers {
  readonly clients: readonly object[]
  readonly raw: RedisPort
  readonly prefix: string
}

/** A session under all IDs that it has had. */
export interface Lineage {
  readonly ids: string[]
  /** Whether "log out everywhere" has returned and must have ended it: it was there before, or had begun to log in. */
  isDoomed: boolean
  readonly isLogin: boolean
  /** Whether something may have made it the user's anew meanwhile: then it may survive. */
  mayReturn: boolean
}

export interface Round {
  readonly seed: number
  readonly plan: Plan
  readonly user: string
  readonly other: string
  readonly lineages: Lineage[]
  isLoggedOut: boolean
  /** What went wrong. */
  readonly complaints: string[]
}

export function openStore({ prefix }: Servers, client: object): SessionStore {
  return new RedisSessionStore({ client, prefix, indexes: { user: true }, ttl: 600, commandTimeout: 60_000 })
}

export async function playRound(servers: Servers, seed: number, plan: Plan): Promise<Round> {
  const user = `${seed}-user`
  const round: Round = { seed, plan, user, other: `${seed}-other`, lineages: [], isLoggedOut: false, complaints: [] }
  const first = openStore(servers, servers.clients[0] as object)
  const epoch = await first.loginEpoch({ user })
  const begin = async (store: SessionStore, loggingIn: boolean) => {
    const lineage: Lineage = { ids: [], isDoomed: loggingIn && round.isLoggedOut, isLogin: loggingIn, mayReturn: false }
    const data = { user, round: String(seed), lineage: String(round.lineages.push(lineage) - 1) }
    lineage.ids.push(await store.createSession(data, loggingIn ? { epoch } : {}))
  }
  await Promise.all(Array.from({ length: plan.sessions }, () => begin(first, false)))
  markReturns(round)
  const store = ({ server, unsteadiness }: Course) =>
    openStore(servers, unsteadyClient(servers.clients[server] as object, unsteadiness))
  const steps = plan.steps.map(async (step) => {
    await turns(step.delay)
    await take(step, store(step), { servers, round, begin })
  })
  const logout = turns(plan.logout.delay).then(() => logOut(round, store(plan.logout), first))
  for (const [i, result] of (await Promise.allSettled([logout, ...steps])).entries()) {
    const { unsteadiness } = plan.steps[i - 1] ?? plan.logout
    if (result.status === 'fulfilled' || isOutcome(result.reason, unsteadiness)) continue
    round.complaints.push(`${plan.steps[i - 1]?.kind ?? 'logout'} failed: ${result.reason}`)
  }
  return round
}

/** What moves away and back may be the user's anew at any time. */
function markReturns({ plan, lineages }: Round): void {
  for (const [i, lineage] of lineages.entries()) {
    const kinds = plan.steps.filter((step) => step.lineage === i).map(({ kind }) => kind)
    lineage.mayReturn =
      kinds.includes('move to the user') &&
      kinds.some((kind) => kind === 'leave' || kind === 'move to the other user' || kind === 'rotate to the other user')
  }
}

async function logOut(round: Round, store: SessionStore, witness: SessionStore): Promise<void> {
  const present = round.lineages.filter(({ ids }) => ids.length > 0)
  await store.deleteSessions({ user: round.user })
  round.isLoggedOut = true
  for (const lineage of round.lineages) lineage.isDoomed ||= lineage.isLogin || present.includes(lineage)
  for (const lineage of present) await expectEnded(round, lineage, witness, 'when logout had returned')
}

/** No ID that the session has had opens it as the user's. */
export async function expectEnded(round: Round, lineage: Lineage, witness: SessionStore, when: string): Promise<void> {
  for (const id of lineage.ids) {
    const session = await witness.getSession(id, { refresh: false })
    if (!lineage.isDoomed || lineage.mayReturn || session?.user !== round.user) continue
    round.complaints.push(`session ${round.lineages.indexOf(lineage)} was alive ${when}`)
  }
}

interface Stage {
  readonly servers: Servers
  readonly round: Round
  begin(store: SessionStore, loggingIn: boolean): Promise<void>
}

async function take(step: Step, store: SessionStore, { servers, round, begin }: Stage): Promise<void> {
  const { ids } = round.lineages[step.lineage] as Lineage
  const id = ids.at(-1) as string
  const rotate = async (options: Parameters<SessionStore['rotateSession']>[1]) => {
    const rotated = await store.rotateSession(id, options)
    if (rotated !== null) ids.push(rotated)
  }
  const actions: Record<Step['kind'], () => Promise<unknown>> = {
    create: () => begin(store, false),
    'log in': () => begin(store, true),
    rotate: () => rotate({}),
    'rotate with grace': () => rotate({ grace: 30 }),
    'rotate to the other user': () => rotate({ data: { user: round.other }, authenticated: true }),
    'move to the other user': () => store.updateSession(id, { user: round.other }),
    'move to the user': () => store.updateSession(id, { user: round.user }),
    leave: () => store.deleteFields(id, ['user']),
    'change something else': () => store.updateSession(id, { theme: 'dark' }),
    end: () => store.deleteSession(id),
    expire: () => servers.raw.command(servers.prefix + id, ['PEXPIRE', servers.prefix + id, '3']),
    find: () => store.countSessions({ user: round.user }),
  }
  await actions[step.kind]()
}

function isOutcome(error: unknown, { death }: Unsteadiness): boolean {
  return error instanceof LoginOvertakenError || (death !== null && error instanceof StoreUnavailableError)
}
