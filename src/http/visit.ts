/**
 * One request's dealings with its session, in strings: what was found, what is to change, and what becomes of the ticket.
 * Knows neither field types nor frameworks.
 */
import { isReserved, readTimestamp, type SessionData, type SessionRecord } from '../record.ts'
import type { SessionStore } from '../store.ts'
import { ResponseStartedError, SessionDestroyedError, SessionNotLoadedError } from './errors.ts'

/**
 * - `unread`: a ticket came, and the store has not been asked yet
 * - `fresh`: there is no session; the first save makes one
 * - `live`: the store knows it
 * - `gone`: it was live, and ended meanwhile elsewhere; changes are dropped
 * - `destroyed`: it ended here
 */
type Phase = 'unread' | 'fresh' | 'live' | 'gone' | 'destroyed'

export interface Rotation {
  readonly grace: number
  readonly data: SessionData
  readonly authenticated: boolean
}

/** What a response says about the ticket. */
export type TicketNews = { readonly id: string; readonly ttl: number } | 'withdrawn' | null

export class Visit {
  readonly #store: SessionStore
  readonly #onLive: () => void
  readonly #hadTicket: boolean
  #phase: Phase
  #id: string | null
  #record: SessionRecord | null = null
  #readAt = 0
  #authenticatedAt: number | null = null
  #data = new Map<string, string>()
  /** What the next save of a live session sends: a string to set, `null` to remove. */
  #staged = new Map<string, string | null>()
  #stagedTtl: number | null = null
  #authenticating = false
  #ticketChanged = false
  #responseStarted = false
  #loading: Promise<void> | undefined
  #saving: Promise<void> = Promise.resolve()
  #savesUnderWay = 0
  #looked = false

  /** `onLive` runs when a live session is found, and may throw to refuse the request. */
  constructor(store: SessionStore, ticket: string | null, onLive: () => void) {
    this.#store = store
    this.#onLive = onLive
    this.#hadTicket = ticket !== null
    this.#id = ticket
    this.#phase = ticket === null ? 'fresh' : 'unread'
  }

  /** Whether the session was looked at, so that the response varies with the cookie. */
  get looked(): boolean {
    return this.#looked
  }

  get isNew(): boolean {
    this.#see()
    return this.#phase === 'fresh'
  }

  get isDestroyed(): boolean {
    return this.#phase === 'destroyed'
  }

  /** The ID of a live session. */
  get id(): string | null {
    this.#see()
    return this.#phase === 'live' ? this.#id : null
  }

  /** The session as it was read; `null` for one that this request began. */
  get record(): SessionRecord | null {
    this.#see()
    return this.#record
  }

  /** The idle TTL that the session has or will get, in seconds. */
  get ttl(): number {
    this.#see()
    return this.#stagedTtl ?? this.#record?.ttl ?? this.#store.ttl
  }

  /** Milliseconds since the visitor last authenticated, by the store's clock; `null` when not recorded. */
  get sinceAuthenticated(): number | null {
    this.#see()
    return this.#authenticatedAt === null ? null : this.#now() - this.#authenticatedAt
  }

  get(field: string): string | undefined {
    this.#see()
    return this.#data.get(field)
  }

  names(): string[] {
    this.#see()
    return [...this.#data.keys()]
  }

  /** Reads the session, once. */
  load(): Promise<void> {
    if (this.#phase !== 'unread') return Promise.resolve()
    this.#loading ??= this.#read(this.#id as string)
    return this.#loading
  }

  /** Notes a change for the next save; `null` removes the field. */
  stage(field: string, value: string | null): void {
    this.#change()
    this.#staged.set(field, value)
    if (value === null) this.#data.delete(field)
    else this.#data.set(field, value)
  }

  stageTtl(seconds: number): void {
    this.#change()
    this.#stagedTtl = seconds
  }

  /** Adds to a field at once; `null` when the session has ended meanwhile. */
  async increment(field: string, amount: number): Promise<number | bigint | null> {
    await this.load()
    this.#change()
    if (this.#phase === 'fresh' && !this.#data.has(field)) {
      this.#data.set(field, String(amount))
      await this.save()
      return amount
    }
    if (this.#phase === 'fresh' || this.#staged.has(field)) await this.save()
    if (this.#phase !== 'live') return null
    const value = await this.#store.incrementField(this.#id as string, field, amount)
    if (value === null) this.#lose()
    else this.#data.set(field, String(value))
    return value
  }

  /** Moves the session to a new ID at once. One that is not stored yet gets a new ID anyway; one that is gone begins anew, empty. */
  async rotate(rotation: Rotation): Promise<void> {
    await this.load()
    this.#change()
    if (this.#phase === 'live') await this.#rotateLive(rotation)
    if (this.#phase === 'gone') this.#beginAnew()
    if (this.#phase === 'fresh') this.#prepare(rotation)
    if (rotation.authenticated) this.#authenticatedAt = this.#now()
  }

  /** Ends the session at once. */
  async destroy(): Promise<void> {
    await this.load()
    if (this.#phase === 'live') await this.#store.deleteSession(this.#id as string)
    this.#forget()
    this.#phase = 'destroyed'
  }

  /** Whether the store need not be asked, or has been. */
  get isLoaded(): boolean {
    return this.#phase !== 'unread'
  }

  /** Whether there is something that a save would send. */
  get isDirty(): boolean {
    if (this.#phase === 'live') return this.#staged.size > 0 || this.#stagedTtl !== null
    return this.#phase === 'fresh' && (this.#data.size > 0 || this.#authenticating)
  }

  /** Sends what has changed since the last save, if anything. The saves of one request follow each other. */
  async save(): Promise<void> {
    this.#savesUnderWay += 1
    const turn = this.#saving.then(() => this.#saveNow())
    this.#saving = turn.catch(() => {})
    try {
      await turn
    } finally {
      this.#savesUnderWay -= 1
    }
  }

  /** Whether nothing is left to send and nothing is being sent. */
  get isSettled(): boolean {
    return this.#savesUnderWay === 0 && !this.isDirty
  }

  /** Stores a session that has no data yet. */
  async begin(): Promise<void> {
    await this.save()
    if (this.#phase === 'fresh') await this.#create()
  }

  /** What the response has to say about the ticket. Asked once, when its headers are sent. */
  takeTicketNews(renew: boolean): TicketNews {
    this.#responseStarted = true
    if (this.#phase === 'live') return this.#ticketChanged || renew ? { id: this.#id as string, ttl: this.ttl } : null
    return this.#ticketChanged && this.#hadTicket ? 'withdrawn' : null
  }

  async #read(id: string): Promise<void> {
    const record = await this.#store.readSession(id)
    if (record === null) {
      this.#phase = 'fresh'
      this.#ticketChanged = true
      return
    }
    this.#phase = 'live'
    this.#record = record
    this.#readAt = performance.now()
    if (record.authenticatedAt !== null) this.#authenticatedAt = readTimestamp(record.authenticatedAt).getTime()
    for (const [field, value] of Object.entries(record.data)) {
      if (!isReserved(field)) this.#data.set(field, value)
    }
    this.#onLive()
  }

  async #saveNow(): Promise<void> {
    if (!this.isDirty) return
    await (this.#phase === 'fresh' ? this.#create() : this.#update())
  }

  async #create(): Promise<void> {
    this.#refuseIfStarted()
    this.#staged.clear()
    const options = { authenticated: this.#authenticating, ttl: this.#stagedTtl ?? undefined }
    this.#id = await this.#store.createSession(dataOf(this.#data), options)
    this.#becomeLive()
  }

  async #update(): Promise<void> {
    const staged = this.#staged
    const ttl = this.#stagedTtl
    this.#staged = new Map()
    const set = dataOf(staged)
    const remove = [...staged.keys()].filter((field) => staged.get(field) === null)
    try {
      const options = { remove, ttl: ttl ?? undefined }
      if (!(await this.#store.updateSession(this.#id as string, set, options))) return this.#lose()
    } catch (error) {
      this.#staged = new Map([...staged, ...this.#staged])
      throw error
    }
    if (ttl !== null && this.#record !== null) this.#record = { ...this.#record, ttl }
    if (this.#stagedTtl === ttl) this.#stagedTtl = null
  }

  async #rotateLive(rotation: Rotation): Promise<void> {
    this.#refuseIfStarted()
    await this.save()
    if (this.#phase !== 'live') return
    const id = await this.#store.rotateSession(this.#id as string, rotation)
    if (id === null) return this.#lose()
    this.#id = id
    this.#becomeLive()
    for (const [field, value] of Object.entries(rotation.data)) this.#data.set(field, value)
  }

  #prepare({ data, authenticated }: Rotation): void {
    for (const [field, value] of Object.entries(data)) this.stage(field, value)
    this.#authenticating ||= authenticated
  }

  #becomeLive(): void {
    this.#phase = 'live'
    this.#ticketChanged = true
    this.#authenticating = false
  }

  #lose(): void {
    this.#forget()
    this.#phase = 'gone'
  }

  #beginAnew(): void {
    this.#phase = 'fresh'
    this.#record = null
  }

  /** The ticket opens nothing any more, and nothing that was read under it may reach another session. */
  #forget(): void {
    this.#ticketChanged = true
    this.#data.clear()
    this.#staged.clear()
    this.#stagedTtl = null
    this.#authenticating = false
    this.#authenticatedAt = null
  }

  #now(): number {
    return (this.#record?.readAt ?? 0) + performance.now() - this.#readAt
  }

  #see(): void {
    if (this.#phase === 'unread')
      throw new SessionNotLoadedError('call `await session.load()` before using a lazy session')
    this.#looked = true
  }

  #change(): void {
    this.#see()
    if (this.#phase === 'destroyed') throw new SessionDestroyedError('the session was destroyed by this request')
  }

  #refuseIfStarted(): void {
    if (!this.#responseStarted) return
    throw new ResponseStartedError('the cookie cannot change here: the response has begun without it')
  }
}

function dataOf(changes: Iterable<[string, string | null]>): SessionData {
  const data: SessionData = Object.create(null)
  for (const [field, value] of changes) if (value !== null) data[field] = value
  return data
}
