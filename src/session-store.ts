/** The contract over an engine: arguments are checked, IDs become names, rotations are followed. */
import { abortable } from './abort.ts'
import { type Changes, type Engine, Moved, type NewSession, NO_CHANGES, type Reply, type Vitals } from './engine.ts'
import { InvalidArgumentError } from './errors.ts'
import { checkIncrement, exactInteger } from './integer.ts'
import { checkDuration, checkTtl, secondsLeft } from './lifetime.ts'
import { checkFieldNames, checkFields, checkWritable, type Limits } from './limits.ts'
import { decodeRecord, readTimestamp, type SessionData, type SessionRecord } from './record.ts'
import { follow, type NameOf, rotate } from './rotation.ts'
import { isSessionId, mintSessionId, sessionHandle } from './session-id.ts'
import { show } from './show.ts'
import type {
  CallOptions,
  CreateOptions,
  GetOptions,
  RotateOptions,
  SessionStore,
  SessionSummary,
  UpdateOptions,
} from './store.ts'

/** What an engine's store settles at construction. */
export interface StoreSettings {
  readonly engine: Engine
  readonly hashIds: boolean
  readonly ttl: number
  readonly absoluteTtl: number | null
  readonly limits: Limits
}

export abstract class EngineSessionStore implements SessionStore {
  readonly ttl: number
  readonly #engine: Engine
  readonly #settings: StoreSettings
  readonly #nameOf: NameOf

  /** @internal */
  protected constructor(settings: StoreSettings) {
    this.ttl = settings.ttl
    this.#engine = settings.engine
    this.#settings = settings
    this.#nameOf = settings.hashIds ? sessionHandle : (id) => id
  }

  async createSession(data: SessionData = {}, options: number | CreateOptions = {}): Promise<string> {
    const { ttl, absoluteTtl, authenticated, signal } = checkOptions(
      typeof options === 'number' ? { ttl: options } : options,
    )
    const session: NewSession = {
      fields: checkFields(data, this.#settings.limits),
      ttl: ttl === undefined ? this.ttl : checkTtl('ttl', ttl),
      absoluteTtl: absoluteTtl === undefined ? this.#settings.absoluteTtl : checkAbsoluteTtl(absoluteTtl),
      authenticated: authenticated === true,
    }
    return abortable(signal, () => this.#createUnderFreshId(session))
  }

  async getSession(id: string, options: boolean | GetOptions = {}): Promise<SessionData | null> {
    const record = await this.readSession(id, typeof options === 'boolean' ? { refresh: options } : options)
    return record === null ? null : record.data
  }

  async readSession(id: string, options: GetOptions = {}): Promise<SessionRecord | null> {
    const { refresh = true, signal } = checkOptions(options)
    const flat = await this.#on(id, signal, (name) => this.#engine.read(name, refresh))
    return flat === null ? null : decodeRecord(flat, this.#engine.now())
  }

  async updateSession(id: string, data: SessionData, options: UpdateOptions = {}): Promise<boolean> {
    const { remove = [], ttl, signal } = checkOptions(options)
    const changes: Changes = {
      set: checkFields(data, this.#settings.limits),
      remove: checkFieldNames(remove).filter((field) => !Object.hasOwn(data, field)),
      ttl: ttl === undefined ? null : checkTtl('ttl', ttl),
    }
    return (await this.#write(id, changes, signal)) !== null
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
    const name = checkWritable(field)
    const decimal = checkIncrement(amount)
    const value = await this.#on(id, checkOptions(options).signal, (key) => this.#engine.increment(key, name, decimal))
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

  async deleteSession(id: string, options: CallOptions = {}): Promise<boolean> {
    return (await this.#on(id, checkOptions(options).signal, (name) => this.#engine.end(name))) === true
  }

  async rotateSession(id: string, options: RotateOptions = {}): Promise<string | null> {
    const { grace = 0, data = {}, authenticated, signal } = checkOptions(options)
    const request = {
      grace: checkDuration('grace', grace),
      set: checkFields(data, this.#settings.limits),
      authenticated: authenticated === true,
    }
    if (!isSessionId(id)) return null
    return abortable(signal, () => rotate(this.#engine, this.#nameOf, id, request))
  }

  async *listSessions(options: CallOptions = {}): AsyncIterableIterator<SessionSummary> {
    const { signal } = checkOptions(options)
    const batches = this.#engine.names()[Symbol.asyncIterator]()
    try {
      for (;;) {
        const batch = await abortable(signal, () => batches.next())
        if (batch.done === true) return
        const names = batch.value.filter(isSessionId)
        yield* await abortable(signal, () => this.#summaries(names))
      }
    } finally {
      await batches.return?.()
    }
  }

  async #createUnderFreshId(session: NewSession): Promise<string> {
    for (;;) {
      const id = mintSessionId()
      if (await this.#engine.create(this.#nameOf(id), session)) return id
    }
  }

  #vitals(id: string, options: CallOptions): Promise<Vitals | null> {
    return this.#on(id, checkOptions(options).signal, (name) => this.#engine.vitals(name))
  }

  #write(id: string, changes: Changes, signal: AbortSignal | undefined): Promise<number | null> {
    return this.#on(id, signal, (name) => this.#engine.write(name, changes))
  }

  /** Runs a step on the session that the ID opens. What no store can have minted is absent without asking Redis. */
  #on<T>(id: string, signal: AbortSignal | undefined, step: (name: string) => Promise<Reply<T>>): Promise<T | null> {
    if (!isSessionId(id)) return Promise.resolve(null)
    return abortable(signal, () => follow(this.#engine, this.#nameOf, id, (current) => step(this.#nameOf(current))))
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
      handle: this.#settings.hashIds ? name : sessionHandle(name),
      createdAt: readTimestamp(vitals.createdAt),
      lastAccessedAt: readTimestamp(vitals.lastAccessedAt),
      configuredTtl: vitals.configuredTtl,
      ttl: secondsLeft(vitals.remaining),
    }
  }
}

function checkAbsoluteTtl(value: unknown): number | null {
  return value === null ? null : checkTtl('absoluteTtl', value)
}

/** `null`, a string or a number where options belong is a mistake that would otherwise pass in silence. */
function checkOptions<T extends object>(options: T): T {
  if (typeof options === 'object' && options !== null) return options
  throw new InvalidArgumentError(`options must be an object, got ${show(options)}`)
}
