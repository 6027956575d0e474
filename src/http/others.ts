/** The other sessions of the same person, tenant or whatever an index tells apart. */
import { sessionHandle } from '../session-id.ts'
import type { Criteria, FoundSession, SessionStore } from '../store.ts'
import { available } from './available.ts'

/** All but the one that the ID opens, newest first. */
export async function* othersOf(
  store: SessionStore,
  id: string,
  criteria: Criteria,
  fields: readonly string[],
): AsyncGenerator<FoundSession> {
  const own = sessionHandle(id)
  const found = store.findSessions(criteria, { fields })
  for (;;) {
    const next = await available(found.next())
    if (next.done === true) return
    if (next.value.handle !== own) yield next.value
  }
}

/** Ends all but the one that the ID opens; how many there were. */
export async function endOthers(store: SessionStore, id: string, criteria: Criteria | null): Promise<number> {
  return criteria === null ? 0 : available(store.deleteSessions(criteria, { except: id }))
}

/**
 * Ends all and the one that the ID opens, if there is one; how many there were. That one is not spared at first: what
 * another request's rotation makes of it meanwhile has to end, too.
 */
export async function endWithOthers(
  store: SessionStore,
  id: string | null,
  criteria: Criteria | null,
): Promise<number> {
  const ended = criteria === null ? 0 : await available(store.deleteSessions(criteria))
  if (id === null) return ended
  return ended + Number(await available(store.deleteSession(id)))
}
