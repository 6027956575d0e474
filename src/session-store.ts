/** The contract over an engine: arguments are checked, IDs become names, rotations are followed. */
import { abortable, abortableEach } from './abort.ts'
import { type Durability, Durables, type Replication } from './durability.ts'
import {
  type Changes,
  type Engine,
  type IndexEngine,
  Moved,
  type NewSession,
  NO_CHANGES,
  type Reply,
  type Vitals,
} from './engine.ts'
import { InvalidArgumentError } from './errors.ts'
import type { IndexDeclarations } from './indexes/declarations.ts'
import { type Indexing, needsIndexes, openIndexing } from './indexes/indexing.ts'
import { checkEpoch } from './indexes/login.ts'
import { type Criteria, type Found, pick } from './indexes/search.ts'
import type { SessionLimitDeclarations } from './indexes/session-limits.ts'
import { checkIncrement, exactInteger } from './integer.ts'
import { Keeping } from './keeping.ts'
import { checkDuration, checkTtl, secondsLeft } from './lifetime.ts'
import { checkCounter, checkFieldNames, checkFields, type Limits } from './limits.ts'
import { DirectReader, type SessionReader } from './reader.ts'
import { CREATED_AT, copyOf, LAST_ACCESSED_AT, readTimestamp, type SessionData, type SessionRecord } from './record.ts'
import { follow, type NameOf, type RotationParts, rotate } from './rotation.ts'
import { isSessionId, sessionHandle } from './session-id.ts'
import { show } from './show.ts'
import type {
  CallOptions,
  CreateOptions,
  DeleteOptions,
  DeleteSessionsOptions,
  FindOptions,
  FoundSession,
  GetOptions,
  LoginEpoch,
  ReindexProgress,
  RotateOptions,
  SessionStore,
  SessionSummary,
  UpdateOptions,
} from './store.ts'

/** What an engine's store settles at construction. */
export interface StoreSettings {
  readonly engine: Engine
  readonly indexEngine: IndexEngine
  readonly hashIds: boolean
  /** Absent: there are no replicas. */
  readonly replication?: Replication | undefined
  readonly durable?: Durability | undefined
  /** Default: the ID itself, or its hash. */
  readonly nameOf?: NameOf | undefined
  readonly ttl: number
  readonly absoluteTtl: number | null
  readonly sizes: Limits
  readonly indexes: IndexDeclarations | undefined
  readonly limits: SessionLimitDeclarations | undefined
  /** Reads by way of a cache; absent: from the engine. */
  readonly cachedReader?: SessionReader | undefined
}

export abstract class EngineSessionStore implements SessionStore {
  readonly ttl: number
  readonly #engine: Engine
  readonly #settings: StoreSettings
  readonly #nameOf: NameOf
  readonly #indexing: Indexing
  readonly #durables: Durables
  readonly #rotation: RotationParts
  readonly #reader: SessionReader
  readonly #remembers: boolean
  readonly #keeping: Keeping

  /** @internal */
  protected constructor(settings: StoreSettings) {
    const { engine, indexEngine, indexes, limits, cachedReader } = settings
    this.ttl = settings.ttl
    this.#engine = engine
    this.#settings = settings
    this.#durables = new Durables(settings.replication, settings.durable)
    this.#remembers = cachedReader !== undefined
    this.#reader = cachedReader ?? new DirectReader(engine)
    this.#nameOf = settings.nameOf ?? (settings.hashIds ? sessionHandle : (id) => id)
    this.#indexing = openIndexing(engine, indexEngine, indexes, limits)
    const [indexing, reader, nameOf] = [this.#indexing, this.#reader, this.#nameOf]
    this.#keeping = new Keeping({ engine, indexing, reader, nameOf })
    this.#rotation = {
      engine,
      nameOf: this.#nameOf,
      membership: this.#indexing.membership,
      write: (name, set, login) => this.#keeping.write(name, { ...NO_CHANGES, set }, login),
    }
  }

  async createSession(data: SessionData = {}, options: number | CreateOptions = {}): Promise<string> {
    const { ttl, absoluteTtl, authenticated, epoch, signal } = checkOptions(
      typeof options === 'number' ? { ttl: options } : options,
    )
    const session: NewSession = {
      fields: checkFields(data, this.#settings.sizes),
      ttl: ttl === undefined ? this.ttl : checkTtl('ttl', ttl),
      absoluteTtl: absoluteTtl === undefined ? this.#settings.absoluteTtl : checkAbsoluteTtl(absoluteTtl),
      authenticated: authenticated === true,
      heldUntil: null,
    }
    const login = this.#loginOf(epoch)
    return abortable(signal, () => this.#keeping.create(session, login))
  }

  async getSession(id: string, options: boolean | GetOptions = {}): Promise<SessionData | null> {
    const given = typeof options === 'boolean' ? { refresh: options } : checkOptions(options)
    const recalled = this.#recall(id, given)
    if (recalled !== null) return copyOf(recalled.data)
    const record = await this.#readId(id, given)
    return record && (this.#remembers ? copyOf(record.data) : record.data)
  }

  async readSession(id: string, options: GetOptions = {}): Promise<SessionRecord | null> {
    return this.#recall(id, checkOptions(options)) ?? (await this.#readId(id, options))
  }

  recallSession(id: string): SessionRecord | null {
    return this.#recall(id, {})
  }

  async updateSession(id: string, data: SessionData, options: UpdateOptions = {}): Promise<boolean> {
    const { remove = [], ttl, epoch, signal } = checkOptions(options)
    const changes: Changes = {
      set: checkFields(data, this.#settings.sizes),
      remove: checkFieldNames(remove).filter((field) => !Object.hasOwn(data, field)),
      ttl: ttl === undefined ? null : checkTtl('ttl', ttl),
    }
    return (await this.#write(id, changes, signal, this.#loginOf(epoch))) !== null
  }

  async deleteFields(id: string, fields: readonly string[], options: CallOptions = {}): Promise<number | null> {
    return this.#write(id, { ...NO_CHANGES, remove: checkFieldNames(fields) }, checkOptions(options).signal)
  }

  async setSessionTtl(id: string, seconds: number, options: CallOptions = {}): Promise<boolean> {
    const changes = { ...NO_CHANGES, ttl: checkTtl('the TTL', seconds) }
    return (await this.#write(id, changes, checkOptions(options).signal)) !== null
  }

  async touchSession(id: string, options: CallOptions = {}): Promise<boolean> {
    return (await this.#write(id, NO_CHANGES, checkOptions(options).signal)) !== null
  }

  incrementField(id: string, field: string, amount: bigint, options?: CallOptions): Promise<bigint | null>
  incrementField(id: string, field: string, amount?: number, options?: CallOptions): Promise<number | bigint | null>
  async incrementField(
    id: string,
    field: string,
    amount: number | bigint = 1,
    options: CallOptions = {},
  ): Promise<number | bigint | null> {
    const name = checkCounter(field, this.#settings.sizes)
    const decimal = checkIncrement(amount)
    const value = await this.#on(id, checkOptions(options).signal, (key) => this.#keeping.increment(key, name, decimal))
    return value === null ? null : exactInteger(value, typeof amount)
  }

  async getConfiguredTtl(id: string, options: CallOptions = {}): Promise<number | null> {
    const vitals = await this.#vitals(id, options)
    return vitals === null ? null : vitals.configuredTtl
  }

  async getTtl(id: string, options: CallOptions = {}): Promise<number | null> {
    const vitals = await this.#vitals(id, options)
    return vitals === null ? null : secondsLeft(vitals.remaining)
  }

  async deleteSession(id: string, options: DeleteOptions = {}): Promise<boolean> {
    const { signal, durable } = checkOptions(options)
    const durability = this.#durables.of(durable)
    const ended = await this.#on(id, signal, async (name) => {
      const lists = await this.#keeping.end(name)
      if (!Array.isArray(lists)) return lists
      await this.#durables.settle('deleteSession', durability, lists.length > 0 ? null : [name])
      return lists
    })
    return ended !== null
  }

  async rotateSession(id: string, options: RotateOptions = {}): Promise<string | null> {
    const { grace = 0, data = {}, authenticated, epoch, signal, durable } = checkOptions(options)
    const durability = this.#durables.of(durable)
    const request = {
      grace: checkDuration('grace', grace),
      set: checkFields(data, this.#settings.sizes),
      authenticated: authenticated === true,
      login: this.#loginOf(epoch),
    }
    if (!isSessionId(id)) return null
    return abortable(signal, async () => {
      const next = await rotate(this.#rotation, id, request)
      const names = this.#indexing.membership === null ? [id, next ?? id].map((each) => this.#nameOf(each)) : null
      if (next !== null) await this.#durables.settle('rotateSession', durability, names)
      return next
    })
  }

  async *listSessions(options: CallOptions = {}): AsyncIterableIterator<SessionSummary> {
    const { signal } = checkOptions(options)
    for await (const batch of abortableEach(signal, this.#engine.names())) {
      yield* await abortable(signal, () => this.#summaries(batch.filter(isSessionId)))
    }
  }

  async *findSessions(criteria: Criteria, options: FindOptions = {}): AsyncIterableIterator<FoundSession> {
    const { fields = [], limit = Number.POSITIVE_INFINITY, signal } = checkOptions(options)
    const wanted = checkFieldNames(fields)
    const most = checkLimit(limit)
    needsIndexes(this.#indexing.membership)
    let found = 0
    for await (const session of abortableEach(signal, this.#indexing.search.find(criteria))) {
      if (found === most) return
      found += 1
      yield { ...this.#summary(session.name, vitalsOf(session)), fields: pick(session.standing.data, wanted) }
    }
  }

  async countSessions(criteria: Criteria, options: CallOptions = {}): Promise<number> {
    let count = 0
    for await (const session of this.findSessions(criteria, options)) count += session.ttl > 0 ? 1 : 0
    return count
  }

  async deleteSessions(criteria: Criteria, options: DeleteSessionsOptions = {}): Promise<number> {
    const { except = [], signal, durable } = checkOptions(options)
    const durability = this.#durables.of(durable)
    const spareable = checkExcept(except)
    needsIndexes(this.#indexing.membership)
    return abortable(signal, async () => {
      const spared = this.#indexing.search.sparing(criteria)
      await Promise.all(spareable.map((id) => this.#on(id, undefined, (name) => spared.add(name))))
      const ended = await this.#indexing.search.end(criteria, spared)
      await this.#durables.settle('deleteSessions', durability, null)
      return ended
    })
  }

  async deleteByHandle(handle: string, criteria: Criteria, options: CallOptions = {}): Promise<boolean> {
    needsIndexes(this.#indexing.membership)
    return abortable(checkOptions(options).signal, () =>
      this.#indexing.search.endOne(criteria, (name) => this.#handleOf(name) === handle),
    )
  }

  async loginEpoch(criteria: Criteria, options: CallOptions = {}): Promise<LoginEpoch> {
    needsIndexes(this.#indexing.membership)
    return abortable(checkOptions(options).signal, () => this.#indexing.search.loginEpoch(criteria))
  }

  async *reindex(options: CallOptions = {}): AsyncIterableIterator<ReindexProgress> {
    const { signal } = checkOptions(options)
    const membership = needsIndexes(this.#indexing.membership)
    let scanned = 0
    let entered = 0
    for await (const batch of abortableEach(signal, this.#engine.names())) {
      const names = batch.filter(isSessionId)
      if (names.length === 0) continue
      for (const count of await Promise.all(names.map((name) => membership.repair(name)))) entered += count
      scanned += names.length
      yield { scanned, entered }
    }
  }

  /** What the store remembers of the session; `null` to ask. */
  #recall(id: string, { refresh = true, fresh = false, signal }: GetOptions): SessionRecord | null {
    if (!this.#remembers || fresh || signal?.aborted || !isSessionId(id)) return null
    return this.#reader.recall(this.#nameOf(id), refresh)
  }

  #readId(id: string, { refresh = true, signal }: GetOptions): Promise<SessionRecord | null> {
    return this.#on(id, signal, (name) => this.#keeping.read(name, refresh))
  }

  #vitals(id: string, options: CallOptions): Promise<Vitals | null> {
    return this.#on(id, checkOptions(options).signal, (name) => this.#engine.vitals(name))
  }

  #loginOf(epoch: LoginEpoch | undefined): LoginEpoch | null {
    if (epoch === undefined) return null
    needsIndexes(this.#indexing.membership)
    return checkEpoch(epoch)
  }

  #write(
    id: string,
    changes: Changes,
    signal: AbortSignal | undefined,
    login: LoginEpoch | null = null,
  ): Promise<number | null> {
    return this.#on(id, signal, (name) => this.#keeping.write(name, changes, login))
  }

  /** Runs a step on the session that the ID opens. What no store can have minted is absent without asking Redis. */
  #on<T>(id: string, signal: AbortSignal | undefined, step: (name: string) => Promise<Reply<T>>): Promise<T | null> {
    if (!isSessionId(id)) return Promise.resolve(null)
    return abortable(signal, () => follow(this.#rotation, id, (current) => step(this.#nameOf(current))))
  }

  async #summaries(names: string[]): Promise<SessionSummary[]> {
    const replies = await Promise.all(names.map((name) => this.#engine.vitals(name)))
    return names.flatMap((name, i) => {
      const vitals = replies[i]
      return vitals && !(vitals instanceof Moved) ? [this.#summary(name, vitals)] : []
    })
  }

  #summary(name: string, vitals: Vitals): SessionSummary {
    return {
      handle: this.#handleOf(name),
      createdAt: readTimestamp(vitals.createdAt),
      lastAccessedAt: readTimestamp(vitals.lastAccessedAt),
      configuredTtl: vitals.configuredTtl,
      ttl: secondsLeft(vitals.remaining),
    }
  }

  #handleOf(name: string): string {
    return this.#settings.hashIds ? name : sessionHandle(name)
  }
}

function vitalsOf({ standing: { record, remaining } }: Found): Vitals {
  return {
    createdAt: record.data[CREATED_AT] as string,
    lastAccessedAt: record.data[LAST_ACCESSED_AT] as string,
    configuredTtl: record.ttl,
    remaining,
  }
}

function checkLimit(limit: unknown): number {
  if (limit === Number.POSITIVE_INFINITY || (Number.isSafeInteger(limit) && (limit as number) >= 1))
    return limit as number
  throw new InvalidArgumentError(`limit must be a whole number of at least 1, got ${show(limit)}`)
}

/** What is no ID spares nobody, which whoever passes it would not expect; a malformed ID is just absent. */
function checkExcept(except: unknown): readonly string[] {
  const ids: readonly unknown[] = Array.isArray(except) ? except : [except]
  const wrong = ids.findIndex((id) => typeof id !== 'string')
  if (wrong === -1) return ids as readonly string[]
  throw new InvalidArgumentError(`except must be a session ID or an array of them, got ${show(ids[wrong])}`)
}

function checkAbsoluteTtl(value: unknown): number | null {
  return value === null ? null : checkTtl('absoluteTtl', value)
}

/** `null`, a string or a number where options belong is a mistake that would otherwise pass in silence. */
function checkOptions<T extends object>(options: T): T {
  if (typeof options === 'object' && options !== null) return options
  throw new InvalidArgumentError(`options must be an object, got ${show(options)}`)
}
