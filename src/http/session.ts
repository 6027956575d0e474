/** The session as a handler sees it. */
import { IntegerOverflowError } from '../errors.ts'
import { checkIncrement } from '../integer.ts'
import { checkDuration, checkTtl } from '../lifetime.ts'
import { checkWritable } from '../limits.ts'
import { readTimestamp, type SessionData } from '../record.ts'
import { sessionHandle } from '../session-id.ts'
import { show } from '../show.ts'
import type { FoundSession, LoginEpoch } from '../store.ts'
import { makeCsrfToken, verifyCsrfToken } from './csrf.ts'
import { FieldError } from './errors.ts'
import { type AnyField, type FieldInput, type FieldTypes, type FieldValue, text } from './fields.ts'
import type { Visit } from './visit.ts'

/**
 * Where an application tells the adapters once which fields its sessions have:
 *
 * ```ts
 * declare module 'sojourn' {
 *   interface Register { fields: typeof fields }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: the application fills it
export interface Register {}

/** The registered field types, or `null`: fields are strings. */
export type RegisteredFields = Register extends { fields: infer F extends FieldTypes } ? F : null

export type FieldName<F> = F extends FieldTypes ? keyof F & string : string
export type Value<F, K> = F extends FieldTypes ? (K extends keyof F ? FieldValue<F[K]> : never) : string | undefined
export type Input<F, K> = F extends FieldTypes ? (K extends keyof F ? FieldInput<F[K]> : never) : string

export interface SessionRotateOptions<F> {
  /** Seconds for which the old ID still works, for requests under way. Default 0; keep it at a login. */
  grace?: number
  /** Fields set in the same step. */
  data?: { [K in FieldName<F>]?: Input<F, K> }
  /** Whether the visitor has just proved who they are: see {@link Session.authenticatedWithin}. Default `false`. */
  authenticated?: boolean
  /** From the store's `loginEpoch`: the login fails with `LoginOvertakenError` if everything was ended in between. */
  epoch?: LoginEpoch | undefined
}

/** Reports a stored value that does not fit its declaration any more. */
export type OnUnreadable = (field: string, handle: string | null, error: unknown) => void

const FLASH = 'flash:'
const MESSAGE = text()

export class Session<F extends FieldTypes | null = RegisteredFields> {
  readonly #visit: Visit
  readonly #fields: F
  readonly #onUnreadable: OnUnreadable
  readonly #person: string

  /** @internal */
  constructor(visit: Visit, fields: F, onUnreadable: OnUnreadable, person: string) {
    this.#visit = visit
    this.#fields = fields
    this.#onUnreadable = onUnreadable
    this.#person = person
  }

  /** Reads the session from the store if that has not happened yet: needed with `lazy: true` before anything synchronous. */
  async load(): Promise<this> {
    await this.#visit.load()
    return this
  }

  /** The field's value; its default, or `undefined`, when it is not there or does not fit its declaration any more. */
  get<K extends FieldName<F>>(field: K): Value<F, K> {
    const type = this.#typeOf(field)
    const stored = this.#visit.get(field)
    if (type === null) return stored as Value<F, K>
    const value = this.#read(type, field, stored)
    return (value === undefined ? type.absent : value) as Value<F, K>
  }

  /** Whether the field is stored. */
  has(field: FieldName<F>): boolean {
    this.#typeOf(field)
    return this.#visit.get(field) !== undefined
  }

  /**
   * Sets a field; sent with the other changes before the response begins.
   *
   * @throws {FieldError} when the value does not fit the declaration
   * @throws {SessionDestroyedError} after `destroy`
   */
  set<K extends FieldName<F>>(field: K, value: Input<F, K>): void {
    this.#visit.stage(checkWritable(field), this.#write(field, value))
  }

  /** Removes a field; sent with the other changes. */
  delete(field: FieldName<F>): void {
    this.#typeOf(field)
    this.#visit.stage(checkWritable(field), null)
  }

  /** The stored fields with their values; those that do not fit their declaration any more are left out. */
  *entries(): Generator<[FieldName<F>, Value<F, FieldName<F>>]> {
    for (const field of this.#visit.names()) {
      if (field.startsWith(FLASH) || (this.#fields !== null && !Object.hasOwn(this.#fields, field))) continue
      const stored = this.#visit.get(field)
      const type = this.#typeOf(field)
      const value = type === null ? stored : this.#read(type, field, stored)
      if (value !== undefined) yield [field as FieldName<F>, value as Value<F, FieldName<F>>]
    }
  }

  /**
   * Adds a whole number to a field, atomically and at once, and returns the new value; `null` when the session has ended
   * meanwhile. A field that is not there counts from 0. A lazy session need not be loaded for it, nor is it afterwards.
   */
  async increment(field: FieldName<F>, amount = 1): Promise<number | null> {
    if (this.#typeOf(field)?.counts === false)
      throw new FieldError(`the field ${show(field)} is not declared as an integer`)
    checkIncrement(amount)
    const value = await this.#visit.increment(checkWritable(field), amount)
    if (typeof value !== 'bigint') return value
    throw new IntegerOverflowError(`the field ${show(field)} counts beyond 2^53: read it from the store as a bigint`)
  }

  /** Leaves a message for the next request that asks for it. */
  flash(name: string, message: string): void
  /** Takes the message that an earlier request left, once. */
  flash(name: string): string | undefined
  flash(name: string, message?: string): string | undefined {
    const field = FLASH + name
    const left = this.#visit.get(field)
    if (message !== undefined) this.#visit.stage(checkWritable(field), MESSAGE.write(message))
    else if (left !== undefined) this.#visit.stage(field, null)
    return message === undefined ? left : undefined
  }

  /**
   * Gives the session a new ID at once; everything else stays. Do it when privileges change, at login above all, so that an
   * ID planted or seen before is worth nothing afterwards (OWASP ASVS V7.2.4).
   */
  async rotate({ grace = 0, data = {}, authenticated = false, epoch }: SessionRotateOptions<F> = {}): Promise<void> {
    const written: SessionData = Object.create(null)
    for (const [field, value] of Object.entries(data)) {
      written[checkWritable(field)] = this.#write(field as FieldName<F>, value as Input<F, FieldName<F>>)
    }
    await this.#visit.rotate({ grace: checkDuration('grace', grace), data: written, authenticated, epoch })
  }

  /**
   * The other sessions of the same person, newest first: those with the same value of the index that the option `person`
   * names. `fields` are read with them, as stored strings. Nobody, for a visitor who is no person yet.
   */
  others(fields: readonly string[] = []): AsyncIterableIterator<FoundSession> {
    return this.#visit.others(this.#person, fields)
  }

  /** Ends all other sessions of the same person at once and returns how many there were. */
  logoutOthers(): Promise<number> {
    return this.#visit.endOthers(this.#person)
  }

  /**
   * Ends all sessions of the same person at once, this one too, and returns how many there were; then as after `destroy`.
   * What was noted and not sent yet is dropped.
   */
  logoutEverywhere(): Promise<number> {
    return this.#visit.endAll(this.#person)
  }

  /** Ends the session at once and for good; the response takes the cookie back. A change afterwards is an error. */
  destroy(): Promise<void> {
    return this.#visit.destroy()
  }

  /** Sends the changes now instead of with the response. */
  save(): Promise<void> {
    return this.#visit.save()
  }

  /** Gives the session another idle TTL in seconds; sent with the other changes. */
  setTtl(seconds: number): void {
    this.#visit.stageTtl(checkTtl('the TTL', seconds))
  }

  /** Whether nothing is stored for this visitor yet. */
  get isNew(): boolean {
    return this.#visit.isNew
  }

  /**
   * Whether the session could not be read, and the request goes on all the same (`onUnavailable: 'anonymous'`). It reads as
   * that of nobody then, and each change is a `SessionUnavailableError`.
   */
  get isUnavailable(): boolean {
    return this.#visit.isUnavailable
  }

  /** When the session began; `null` when this request began it. */
  get createdAt(): Date | null {
    const record = this.#visit.record
    return record && readTimestamp(record.data.created_at as string)
  }

  /** When the session was last used, this request included; `null` when this request began it. */
  get lastAccessedAt(): Date | null {
    const record = this.#visit.record
    return record && readTimestamp(record.data.last_accessed_at as string)
  }

  /** The idle TTL in seconds. */
  get ttl(): number {
    return this.#visit.ttl
  }

  /** The session's public name, SHA-256 of its ID: for logs. `null` when nothing is stored. */
  get handle(): string | null {
    const { id } = this.#visit
    return id === null ? null : sessionHandle(id)
  }

  /** Whether the visitor proved who they are, by `rotate({ authenticated: true })`, within so many seconds. */
  authenticatedWithin(seconds: number): boolean {
    const since = this.#visit.sinceAuthenticated
    return since !== null && since <= checkDuration('seconds', seconds) * 1000
  }

  /** A token for forms, bound to the session and dead after its next rotation. Stores a new session at once. */
  async csrfToken(): Promise<string> {
    return makeCsrfToken(await this.#visit.begin())
  }

  /** Whether the token was made by `csrfToken` of this session. Takes the same time for any token. */
  verifyCsrfToken(token: unknown): boolean {
    const { id } = this.#visit
    return id !== null && verifyCsrfToken(id, token)
  }

  #typeOf(field: string) {
    if (this.#fields === null) return null
    if (Object.hasOwn(this.#fields, field)) return this.#fields[field] as FieldTypes[string]
    throw new FieldError(`the field ${show(field)} is not declared`)
  }

  /** The value of what is stored; `undefined` for nothing, and for what does not fit, which is reported. */
  #read(type: AnyField, field: string, stored: string | undefined): unknown {
    if (stored === undefined) return undefined
    try {
      return type.read(stored)
    } catch (error) {
      this.#onUnreadable(field, this.handle, error)
      return undefined
    }
  }

  #write<K extends FieldName<F>>(field: K, value: Input<F, K>): string {
    const type = this.#typeOf(field)
    if (type !== null) return type.write(value as never)
    if (typeof value === 'string') return value
    throw new FieldError(
      `the field ${show(field)} takes a string, got ${show(value)}: declare its type to store others`,
    )
  }
}
