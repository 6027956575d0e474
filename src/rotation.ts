/**
 * Moving a session to a new ID. The two IDs may live in different slots of a cluster, so this is a protocol
 * of atomic steps on one key each, the same on every topology:
 *
 *   1. reserve  the new name is held: a key, but not a session
 *   2. seal     if the old session is live, it ends here and its final fields come back; with a grace
 *               period its key stays as a pointer that carries them
 *   3. settle   the held name comes to life with those fields, if it is still held
 *   4. release  the pointer drops the fields
 *
 * Nothing is copied before the old session has stopped changing, so no update is lost. Whoever meets the
 * pointer before step 4 does step 3 first, so nobody waits for a process that crashed. A session ended
 * between the steps stays ended: step 2 finds nothing to seal, or step 3 nothing held.
 */
import { type Engine, Moved, NO_CHANGES, type Seal } from './engine.ts'
import { mintSessionId, openSuccessor, sealSuccessor } from './session-id.ts'

/** The key name of an ID: the ID itself, or its hash. */
export type NameOf = (id: string) => string

export type RotationRequest = Omit<Seal, 'successor'>

/**
 * Rotates the session that `id` opens; `null` when absent. Whoever finds it rotated already, within that
 * rotation's grace period, joins its successor, unless the old ID must not lead there: at a login, or with no
 * grace of its own, it rotates the successor in turn.
 */
export async function rotate(
  engine: Engine,
  nameOf: NameOf,
  id: string,
  request: RotationRequest,
): Promise<string | null> {
  const mayJoin = request.grace > 0 && !request.authenticated
  let current = id
  for (;;) {
    const outcome = await rotateOnce(engine, nameOf, current, request)
    if (!(outcome instanceof Moved)) return outcome
    current = await successorOf(engine, nameOf, current, outcome)
    if (mayJoin) return join(engine, nameOf, current, request)
  }
}

/** Runs a step on the session that `id` opens, following rotations within their grace period. */
export async function follow<T>(
  engine: Engine,
  nameOf: NameOf,
  id: string,
  step: (id: string) => Promise<T | Moved | null>,
): Promise<T | null> {
  let current = id
  for (;;) {
    const reply = await step(current)
    if (!(reply instanceof Moved)) return reply
    current = await successorOf(engine, nameOf, current, reply)
  }
}

async function rotateOnce(engine: Engine, nameOf: NameOf, id: string, request: RotationRequest) {
  const successorId = await reserveId(engine, nameOf)
  const successor = nameOf(successorId)
  const seal = { ...request, successor: sealSuccessor(id, successorId) }
  const sealed = await sealOrGiveBack(engine, nameOf(id), successor, seal)
  if (typeof sealed !== 'string') return sealed

  const live = await engine.settle(successor, sealed)
  if (request.grace > 0) await engine.release(nameOf(id))
  return live ? successorId : null
}

async function reserveId(engine: Engine, nameOf: NameOf): Promise<string> {
  for (;;) {
    const id = mintSessionId()
    if (await engine.reserve(nameOf(id))) return id
  }
}

async function sealOrGiveBack(engine: Engine, old: string, reserved: string, seal: Seal) {
  let sealed: string | Moved | null = null
  try {
    sealed = await engine.seal(old, seal)
    return sealed
  } finally {
    if (typeof sealed !== 'string') await engine.end(reserved)
  }
}

/** The ID that a rotated session's pointer leads to, complete. */
async function successorOf(engine: Engine, nameOf: NameOf, id: string, moved: Moved): Promise<string> {
  const successorId = openSuccessor(id, moved.successor)
  if (moved.handover !== '') await engine.settle(nameOf(successorId), moved.handover)
  return successorId
}

async function join(engine: Engine, nameOf: NameOf, id: string, { set }: RotationRequest): Promise<string | null> {
  let joined = id
  const written = await follow(engine, nameOf, id, (current) => {
    joined = current
    return engine.write(nameOf(current), { ...NO_CHANGES, set })
  })
  return written === null ? null : joined
}
