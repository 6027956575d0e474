/**
 * Moving a session to a new ID. The two IDs may live in different slots of a cluster, so this is a protocol of atomic steps
 * on one key each, the same on every topology:
 *
 *   1. reserve  the new name is held: a key, but not a session
 *   2. enter    the new name stands beside the old one in every index of the session
 *   3. seal     if the old session is live, it ends here and its final fields come back; with a grace period its key stays
 *               as a pointer that carries them
 *   4. settle   the held name comes to life with those fields, if it is still held
 *   5. release  the pointer drops the fields; the old name leaves the indexes
 *
 * Nothing is copied before the old session has stopped changing, so no update is lost. Whoever meets the pointer before
 * step 5 does step 4 first, so nobody waits for a process that crashed. A session ended between the steps stays ended: step
 * 3 finds nothing to seal, or step 4 nothing held.
 */
import { afterChange } from './after-change.ts'
import { untilUndisturbed } from './begin-again.ts'
import { CONFLICT, type Conflict, type Engine, Moved, type Reply, type Seal } from './engine.ts'
import { StoreUnavailableError } from './errors.ts'
import { claimFreshId } from './fresh-id.ts'
import type { LoginEpoch } from './indexes/login.ts'
import type { Membership, RotationPlan } from './indexes/membership.ts'
import { dataOf, type FlatFields } from './record.ts'
import { openSuccessor, sealSuccessor } from './session-id.ts'

/** The key name of an ID: the ID itself, or its hash. */
export type NameOf = (id: string) => string

export interface RotationRequest {
  /** Seconds. */
  readonly grace: number
  readonly set: FlatFields
  readonly authenticated: boolean
  readonly login: LoginEpoch | null
}

export interface RotationParts {
  readonly engine: Engine
  readonly nameOf: NameOf
  /** `null` without indexes. */
  readonly membership: Membership | null
  /** Sets fields of the session under a name, at a login if that is one. */
  write(name: string, set: FlatFields, login: LoginEpoch | null): Promise<Reply<number>>
}

/**
 * Rotates the session that `id` opens; `null` when absent. Whoever finds it rotated already, within that rotation's grace
 * period, joins its successor, unless the old ID must not lead there: at a login, or with no grace of its own, it rotates
 * the successor in turn.
 */
export function rotate(parts: RotationParts, id: string, request: RotationRequest): Promise<string | null> {
  const mayJoin = request.grace > 0 && !request.authenticated
  let current = id
  return untilUndisturbed(async () => {
    const outcome = await rotateOnce(parts, current, request)
    if (!(outcome instanceof Moved)) return outcome
    current = await successorOf(parts, current, outcome)
    return mayJoin ? join(parts, current, request) : CONFLICT
  })
}

/** Runs a step on the session that `id` opens, following rotations within their grace period. */
export function follow<T>(
  parts: Pick<RotationParts, 'engine' | 'nameOf'>,
  id: string,
  step: (id: string) => Promise<T | Moved | null>,
  hops = 0,
): Promise<T | null> {
  return step(id).then((reply) => (reply instanceof Moved ? followOn(parts, id, reply, step, hops) : reply))
}

/** More rotations than anybody makes within a grace period: what leads on from there was made by no rotation. */
const MOST_HOPS = 100

async function followOn<T>(
  parts: Pick<RotationParts, 'engine' | 'nameOf'>,
  id: string,
  moved: Moved,
  step: (id: string) => Promise<T | Moved | null>,
  hops: number,
): Promise<T | null> {
  if (hops === MOST_HOPS) throw new StoreUnavailableError(`a session was rotated away ${MOST_HOPS} times in a row`)
  return follow(parts, await successorOf(parts, id, moved), step, hops + 1)
}

async function rotateOnce(
  parts: RotationParts,
  id: string,
  request: RotationRequest,
): Promise<string | Moved | null | Conflict> {
  const { engine, nameOf, membership } = parts
  const plan = (await membership?.planRotation(nameOf(id), dataOf(request.set), request.login)) ?? null
  const successorId = await reserveId(parts, nameOf(id), plan)
  const successor = nameOf(successorId)
  const giveBack = () => giveBackName(parts, successor, plan)
  if (plan !== null) await orElse(giveBack, async () => membership?.enterSuccessor(successor, plan, request.login))
  const sealed = await orElse(giveBack, () =>
    engine.seal(nameOf(id), sealing(id, successorId, request, plan), plan && plan.seen),
  )
  if (typeof sealed !== 'string') {
    await giveBack()
    return sealed
  }

  const live = await afterChange(complete(parts, nameOf(id), successor, sealed, request, plan))
  return live ? successorId : null
}

/** What follows the seal. */
async function complete(
  { engine, membership }: RotationParts,
  sealedName: string,
  successor: string,
  handover: string,
  request: RotationRequest,
  plan: RotationPlan | null,
): Promise<boolean> {
  const live = await engine.settle(successor, handover)
  if (request.grace > 0) await engine.release(sealedName)
  if (plan !== null) await membership?.finishRotation(successor, plan)
  return live
}

function reserveId({ engine, nameOf }: RotationParts, predecessor: string, plan: RotationPlan | null) {
  const reservation = { entries: plan === null ? [] : plan.lists, predecessor }
  return claimFreshId(async (id) => (await engine.reserve(nameOf(id), reservation)) !== null)
}

function sealing(id: string, successorId: string, request: RotationRequest, plan: RotationPlan | null): Seal {
  const { grace, set, authenticated } = request
  const indexed = plan === null || plan.lists.length === 0 ? null : { entries: plan.lists, until: plan.until }
  return { successor: sealSuccessor(id, successorId), grace, set, authenticated, indexed }
}

async function giveBackName({ engine, membership }: RotationParts, reserved: string, plan: RotationPlan | null) {
  await engine.end(reserved)
  await membership?.withdraw(reserved, plan === null ? [] : plan.lists)
}

/**
 * Runs `undo` when the step was refused. When its outcome is unknown, a deadline having passed say, it may still happen, and
 * what it leads to must be there then; if it never does, the reservation expires by itself.
 */
async function orElse<T>(undo: () => Promise<void>, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) await undo()
    throw error
  }
}

/** The ID that a rotated session's pointer leads to, complete. */
async function successorOf(
  { engine, nameOf }: Pick<RotationParts, 'engine' | 'nameOf'>,
  id: string,
  moved: Moved,
): Promise<string> {
  const successorId = openSuccessor(id, moved.successor)
  if (moved.handover !== '') await engine.settle(nameOf(successorId), moved.handover)
  return successorId
}

async function join(parts: RotationParts, id: string, { set, login }: RotationRequest): Promise<string | null> {
  let joined = id
  const written = await follow(parts, id, (current) => {
    joined = current
    return parts.write(parts.nameOf(current), set, login)
  })
  return written === null ? null : joined
}
