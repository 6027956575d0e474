/**
 * One request's dealings with its session, in strings: what was found, what is to change, and what becomes of the ticket.
 * Knows neither field types nor frameworks.
 */
import type { SessionRecord } from '../record.ts'
import { sessionHandle } from '../session-id.ts'
import type { Criteria, FoundSession, SessionStore } from '../store.ts'
import { Turns } from '../turns.ts'
import { Authentication } from './authentication.ts'
import { available, isRefusal } from './available.ts'
import { type Change, Draft } from './draft.ts'
import { SessionDestroyedError, SessionNotLoadedError, SessionUnavailableError } from './errors.ts'
import { endOthers, endWithOthers, othersOf } from './others.ts'
import { isNavigation, type RequestFacts } from './request-facts.ts'
import type { Ticket, TicketNews } from './ticket.ts'
import type { LateListener, Phase, Rotation, VisitOptions, VisitRules } from './visit-terms.ts'

export class Visit {
  lateListener: LateListener | null = null
  readonly #store: SessionStore
  readonly #facts: RequestFacts
  readonly #rules: VisitRules
  readonly #turns = new Turns()
  readonly #ticket: Ticket
  #phase: Phase
  #record: SessionRecord | null = null
  readonly #authentication = new Authentication()
  readonly #draft = new Draft()
  #ttl: number
  #loading: Promise<void> | undefined
  /** A count in the unread session. */
  #counting: Promise<number | bigint | null> | null = null
  #refusal: unknown
  #looked = false

  constructor({ store, ticket, facts, rules }: VisitOptions) {
    this.#facts = facts
    this.#rules = rules
    this.#store = store
    this.#ticket = ticket
    this.#ttl = store.ttl
    this.#phase = ticket.id === null ? 'fresh' : 'unread'
  }

  /** Whether the session was looked at, so that the response varies with the cookie. */
  get looked(): boolean {
    return this.#looked
  }

  /** Whether the store need not be asked, or has been. */
  get isLoaded(): boolean {
    return this.#phase !== 'unread'
  }

  /** Whether the session could not be read, or the request was refused. */
  get wasRefused(): boolean {
    return this.#refusal !== undefined
  }

  get isNew(): boolean {
    this.#look()
    return this.#phase === 'fresh'
  }

  get isDestroyed(): boolean {
    return this.#phase === 'destroyed'
  }

  /** Whether nobody knows whether there is a session. */
  get isUnavailable(): boolean {
    this.#look()
    return this.#phase === 'unavailable'
  }

  /** The ID of a live session. */
  get id(): string | null {
    this.#look()
    return this.#phase === 'live' ? this.#ticket.id : null
  }

  /** The session as it was read; `null` for one that this request began. */
  get record(): SessionRecord | null {
    this.#look()
    return this.#record
  }

  /** The idle TTL that the session has or will get, in seconds. */
  get ttl(): number {
    this.#look()
    return this.#ttl
  }

  /** Milliseconds since the visitor last authenticated, by the store's clock; `null` when not recorded. */
  get sinceAuthenticated(): number | null {
    this.#look()
    return this.#authentication.since
  }

  get(field: string): string | undefined {
    this.#look()
    return this.#draft.get(field)
  }

  names(): string[] {
    this.#look()
    return this.#draft.names()
  }

  /** Reads the session at once if the store knows it without asking. */
  recall(): void {
    const { id } = this.#ticket
    const record = id === null ? null : this.#store.recallSession?.(id)
    if (record === undefined || record === null) return
    try {
      this.#admitTo(record)
    } catch (error) {
      this.#refusal = error
    }
  }

  /** Reads the session, once. */
  load(): Promise<void> {
    if (this.isLoaded) return Promise.resolve()
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal)
    this.#loading ??= this.#read(this.#counting)
    return this.#loading
  }

  /** Notes a change for the next save; `null` removes the field. */
  stage(field: string, value: Change): void {
    this.#change()
    this.#draft.change(field, value)
  }

  stageTtl(seconds: number): void {
    this.#change()
    this.#ttl = seconds
    this.#draft.changeTtl(seconds)
  }

  /** Adds to a field at once, without reading the session first if it has not been; `null` when it has ended meanwhile. */
  increment(field: string, amount: number): Promise<number | bigint | null> {
    return this.#turns.take(() => (this.isLoaded ? this.#count(field, amount) : this.#countUnloaded(field, amount)))
  }

  /** Moves the session to a new ID at once. One that is not stored yet gets a new ID anyway; one that is gone begins anew, empty. */
  rotate(rotation: Rotation): Promise<void> {
    return this.#inTurn(async () => {
      this.#change()
      if (this.#phase === 'live') await this.#rotateLive(rotation)
      if (this.#phase === 'gone') this.#beginAnew()
      if (this.#phase === 'fresh') this.#prepare(rotation)
      if (rotation.authenticated) this.#authentication.note()
    })
  }

  /** Ends the session at once. */
  destroy(): Promise<void> {
    return this.#inTurn(async () => {
      this.#look()
      this.#refuseIfUnavailable()
      if (this.#phase === 'live') await available(this.#store.deleteSession(this.#knownId))
      this.#drop('destroyed')
    })
  }

  /** The other sessions with the same value of an index. */
  async *others(index: string, fields: readonly string[]): AsyncGenerator<FoundSession> {
    await this.load()
    const { id } = this
    const criteria = this.#sharing(index)
    if (id !== null && criteria !== null) yield* othersOf(this.#store, id, criteria, fields)
  }

  /** Ends all other sessions with the same value of an index; how many there were. */
  endOthers(index: string): Promise<number> {
    return this.#inTurn(async () => {
      this.#change()
      await this.#saveNow()
      return this.id === null ? 0 : endOthers(this.#store, this.id, this.#sharing(index))
    })
  }

  /** Ends all sessions with the same value of an index, this one too if there is one; how many there were. */
  endAll(index: string): Promise<number> {
    return this.#inTurn(async () => {
      this.#change()
      const ended = await endWithOthers(this.#store, this.id, this.#sharing(index))
      this.#drop('destroyed')
      return ended
    })
  }

  /** The ID of a session that is stored, if need be without data. One that is gone begins anew, empty. */
  begin(): Promise<string> {
    return this.#inTurn(async () => {
      this.#change()
      if (this.#phase === 'gone') this.#beginAnew()
      if (this.#phase === 'fresh') await this.#create()
      return this.#knownId
    })
  }

  /** Sends what has changed since the last save, if anything, after whatever else was asked for. */
  save(): Promise<void> {
    return this.#turns.take(() => this.#saveNow())
  }

  /** Whether nothing is left to send and nothing is being sent. */
  get isSettled(): boolean {
    return this.#turns.areOver && !this.#isDirty
  }

  /** What the response has to say about the ticket, as {@link Ticket.tell}. */
  takeTicketNews({ isRenewed }: { isRenewed: boolean }): TicketNews {
    return this.#ticket.tell(this.#phase === 'live' ? this.#ttl : null, isRenewed)
  }

  /** What finds the sessions with the same value of an index: for a session that is gone, the value that was read. */
  #sharing(index: string): Criteria | null {
    const value = this.#draft.get(index) ?? (this.#phase === 'gone' ? this.#record?.data[index] : undefined)
    return value === undefined ? null : { [index]: value }
  }

  get #knownId(): string {
    return this.#ticket.id as string
  }

  /** Reads what a count has left, whatever became of that. */
  async #read(counting: Promise<unknown> | null): Promise<void> {
    if (counting !== null) await counting.catch(() => {})
    if (this.isLoaded) return
    const id = this.#knownId
    try {
      const record = await available(this.#store.readSession(id))
      if (record === null) this.#missed()
      else this.#admitTo(record)
    } catch (error) {
      this.#refusal = error
      if (!(error instanceof SessionUnavailableError && this.#rules.goesOn(sessionHandle(id), error))) throw error
      this.#phase = 'unavailable'
    }
  }

  /** Only a navigation takes the useless cookie back: what a page fetches may be answered after the login that it crossed. */
  #missed(): void {
    this.#phase = 'fresh'
    if (isNavigation(this.#facts)) this.#ticket.withdraw()
  }

  #admitTo(record: SessionRecord): void {
    this.#rules.admit(this.#facts)
    this.#phase = 'live'
    this.#record = record
    this.#ttl = record.ttl
    this.#authentication.read(record)
    this.#draft.begin(record.data)
  }

  async #countUnloaded(field: string, amount: number): Promise<number | bigint | null> {
    if (this.#loading === undefined && this.#rules.mayCountUnread(this.#facts)) {
      this.#counting = this.#countUnread(field, amount)
      const value = await this.#counting
      if (value !== null) return value
    }
    await this.load()
    return this.#count(field, amount)
  }

  async #countUnread(field: string, amount: number): Promise<number | bigint | null> {
    const value = await available(this.#store.incrementField(this.#knownId, field, amount))
    if (value === null) this.#missed()
    this.#looked = true
    return value
  }

  async #count(field: string, amount: number): Promise<number | bigint | null> {
    this.#change()
    if (this.#phase === 'fresh' && !this.#draft.has(field)) return this.#createCounting(field, amount)
    if (this.#phase === 'fresh' || this.#draft.holds(field)) await this.#saveNow()
    if (this.#phase !== 'live') return null
    const value = await available(this.#store.incrementField(this.#knownId, field, amount))
    if (value === null) this.#drop('gone')
    else if (!this.#draft.holds(field)) this.#draft.learn(field, String(value))
    return value
  }

  get #isDirty(): boolean {
    if (this.#phase === 'live') return this.#draft.isUnsent
    return this.#phase === 'fresh' && (this.#authentication.isPending || this.#draft.names().length > 0)
  }

  async #saveNow(): Promise<void> {
    if (this.#isDirty) await (this.#phase === 'fresh' ? this.#create() : this.#update())
  }

  /** Stores a new session with all that this request sees. What it notes from then on goes with the next save. */
  async #create(): Promise<void> {
    this.#ticket.requireUntold()
    this.#draft.learnAll(this.#rules.remembered(this.#facts))
    const { data } = this.#draft
    const options = { ttl: this.#ttl, ...this.#authentication.terms }
    this.#draft.take()
    try {
      this.#becomeLive(await available(this.#store.createSession(data, options)))
    } catch (error) {
      if (isRefusal(error)) this.#forget()
      throw error
    }
  }

  async #createCounting(field: string, amount: number): Promise<number> {
    this.#draft.learn(field, String(amount))
    try {
      await this.#create()
    } catch (error) {
      this.#draft.learn(field, null)
      throw error
    }
    return amount
  }

  async #update(): Promise<void> {
    const changes = this.#draft.take()
    const { set, ...options } = changes
    try {
      if (!(await available(this.#store.updateSession(this.#knownId, set, options)))) this.#drop('gone')
    } catch (error) {
      if (!isRefusal(error)) this.#draft.giveBack(changes)
      throw error
    }
  }

  async #rotateLive(rotation: Rotation): Promise<void> {
    this.#ticket.requireUntold()
    await this.#saveNow()
    if (this.#phase !== 'live') return
    const data = rotation.authenticated ? { ...rotation.data, ...this.#rules.remembered(this.#facts) } : rotation.data
    const id = await available(this.#store.rotateSession(this.#knownId, { ...rotation, data }))
    if (id === null) return this.#drop('gone')
    this.#becomeLive(id)
    this.#draft.learnAll(data)
  }

  #prepare({ data, authenticated, epoch }: Rotation): void {
    for (const [field, value] of Object.entries(data)) this.stage(field, value)
    this.#authentication.prepare(authenticated, epoch)
  }

  #becomeLive(id: string): void {
    this.#phase = 'live'
    this.#ticket.issue(id)
    this.#authentication.settle()
  }

  #drop(phase: 'gone' | 'destroyed'): void {
    this.#forget()
    this.#phase = phase
  }

  #beginAnew(): void {
    this.#phase = 'fresh'
    this.#record = null
  }

  /** The ticket opens nothing any more, and nothing that was read under it may reach another session. */
  #forget(): void {
    this.#ticket.withdraw()
    this.#draft.forget()
    this.#ttl = this.#store.ttl
    this.#authentication.forget()
  }

  /** Runs an operation on the session, read if need be, after those asked for before it. */
  #inTurn<T>(operation: () => Promise<T>): Promise<T> {
    return this.#turns.take(async () => {
      if (!this.isLoaded) await this.load()
      return operation()
    })
  }

  #look(): void {
    if (this.#phase !== 'unread') this.#looked = true
    else if (this.#refusal !== undefined) throw this.#refusal
    else throw new SessionNotLoadedError('call `await session.load()` before using a lazy session')
  }

  #change(): void {
    this.#look()
    this.#refuseIfUnavailable()
    if (this.#phase === 'destroyed') throw new SessionDestroyedError('the session was destroyed by this request')
    if (this.#phase === 'fresh') this.#ticket.requireUntold()
    if (this.#ticket.isTold) this.lateListener?.changedLate()
  }

  #refuseIfUnavailable(): void {
    if (this.#phase === 'unavailable') throw this.#refusal
  }
}
