/** Creating, changing and ending sessions under their names, in step with their indexes. */
import { afterChange } from './after-change.ts'
import { type Changes, type Engine, Moved, type NewSession, type Reply } from './engine.ts'
import { claimFreshId } from './fresh-id.ts'
import type { Indexing } from './indexes/indexing.ts'
import { checkLogin } from './indexes/login.ts'
import { readInt64 } from './integer.ts'
import { expiryAt } from './lifetime.ts'
import type { SessionReader } from './reader.ts'
import { dataOf, type SessionData, type SessionRecord } from './record.ts'
import type { NameOf } from './rotation.ts'
import type { LoginEpoch } from './store.ts'

export interface KeepingParts {
  readonly engine: Engine
  readonly reader: SessionReader
  readonly indexing: Indexing
  readonly nameOf: NameOf
}

export class Keeping {
  readonly #engine: Engine
  readonly #reader: SessionReader
  readonly #indexing: Indexing
  readonly #nameOf: NameOf

  constructor({ engine, reader, indexing, nameOf }: KeepingParts) {
    this.#engine = engine
    this.#reader = reader
    this.#indexing = indexing
    this.#nameOf = nameOf
    if (indexing.membership !== null) engine.onCapped = (name) => this.#renew(name)
  }

  /** Creates a session under an ID that nobody has, and returns it. */
  async create(session: NewSession, login: LoginEpoch | null): Promise<string> {
    const { membership } = this.#indexing
    const lists = membership === null ? [] : this.#indexing.indexes.place(dataOf(session.fields)).lists
    checkLogin(login, lists)
    return claimFreshId(async (id) => {
      const name = this.#nameOf(id)
      if (membership === null || lists.length === 0) return this.#engine.create(name, session)
      const heldAt = await this.#engine.reserve(name, { entries: lists, predecessor: null })
      if (heldAt === null) return false
      await membership.create(name, heldAt, lists, session, login)
      return true
    })
  }

  async read(name: string, refresh: boolean): Promise<Reply<SessionRecord>> {
    const record = await this.#reader.read(name, refresh)
    if (refresh && record !== null && !(record instanceof Moved) && isCapped(record)) this.#renew(name)
    return record
  }

  /** Writes under a name: with regard to the indexes where the change may move the session, or is a login. */
  async write(name: string, changes: Changes, login: LoginEpoch | null): Promise<Reply<number>> {
    const { membership, indexes } = this.#indexing
    const changing = [...Object.keys(dataOf(changes.set)), ...changes.remove]
    const mayMove = login !== null || (changing.length > 0 && indexes.dependOn(changing))
    if (membership === null || !mayMove) {
      const reply = await this.#engine.write(name, changes)
      if (membership !== null && typeof reply === 'number' && changes.ttl !== null) {
        await afterChange(membership.renew(name))
      }
      return reply
    }
    return membership.change(
      name,
      {
        changing: new Set(changing),
        after: (before) => applied(before, changes),
        step: (seen) => this.#engine.write(name, changes, seen),
      },
      login,
    )
  }

  increment(name: string, field: string, amount: string): Promise<Reply<string>> {
    const { membership, indexes } = this.#indexing
    if (membership === null || !indexes.dependOn([field])) return this.#engine.increment(name, field, amount)
    return membership.change(
      name,
      {
        changing: new Set(),
        after: (before) => incremented(before, field, amount),
        step: (seen) => this.#engine.increment(name, field, amount, seen),
      },
      null,
    )
  }

  /** Ends a session, and returns the index entries that it had. */
  async end(name: string): Promise<Reply<readonly string[]>> {
    const lists = await this.#engine.end(name)
    const { membership } = this.#indexing
    if (Array.isArray(lists) && lists.length > 0) await afterChange(Promise.resolve(membership?.withdraw(name, lists)))
    return lists
  }

  /** Off the path of the call that noticed: the next one that reads tries again if this fails. */
  #renew(name: string): void {
    this.#indexing.membership?.renew(name).catch(() => {})
  }
}

/** Whether its index entries keep a session from living as long as its TTL says. */
function isCapped({ readAt, ttl, deadline, indexedUntil }: SessionRecord): boolean {
  return indexedUntil !== null && expiryAt(readAt, { ttl, deadline }) > indexedUntil
}

function applied(before: SessionData, { set, remove }: Changes): SessionData {
  const after: SessionData = Object.assign(Object.create(null), before)
  for (const field of remove) delete after[field]
  return Object.assign(after, dataOf(set))
}

/** What is not an integer stays as it is: the step itself refuses it. */
function incremented(before: SessionData, field: string, amount: string): SessionData {
  const stored = readInt64(before[field] ?? '0')
  if (stored === null) return before
  return Object.assign(Object.create(null), before, { [field]: (stored + BigInt(amount)).toString() })
}
