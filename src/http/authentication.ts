/** When a session's visitor authenticated, and a login whose session is still to be created. */
import { readTimestamp, type SessionRecord } from '../record.ts'
import type { LoginEpoch } from '../store.ts'

/** Of a session that this request begins nobody knows what Redis's clock says. */
const BEFORE_ANY = { readAt: 0, receivedAt: 0 }

export class Authentication {
  #clock: Pick<SessionRecord, 'readAt' | 'receivedAt'> = BEFORE_ANY
  /** By the store's clock. */
  #at: number | null = null
  #isPending = false
  #epoch: LoginEpoch | undefined

  /** What the store knows. */
  read(record: SessionRecord): void {
    this.#clock = record
    if (record.authenticatedAt !== null) this.#at = readTimestamp(record.authenticatedAt).getTime()
  }

  /** Milliseconds since the visitor last authenticated; `null` when not recorded. */
  get since(): number | null {
    return this.#at === null ? null : this.#now() - this.#at
  }

  /** Whether the session that is to be created is that of someone who has just authenticated. */
  get isPending(): boolean {
    return this.#isPending
  }

  /** For the creation of a session. */
  get terms(): { authenticated: boolean; epoch: LoginEpoch | undefined } {
    return { authenticated: this.#isPending, epoch: this.#epoch }
  }

  /** The visitor has authenticated now. */
  note(): void {
    this.#at = this.#now()
  }

  /** For the session that is to be created: whether it is that of a login, and its epoch. What was said before holds. */
  prepare(authenticated: boolean, epoch: LoginEpoch | undefined): void {
    this.#isPending ||= authenticated
    this.#epoch = epoch ?? this.#epoch
  }

  /** The session is stored. */
  settle(): void {
    this.#isPending = false
    this.#epoch = undefined
  }

  /** The session is gone; the store's clock goes on. */
  forget(): void {
    this.settle()
    this.#at = null
  }

  #now(): number {
    const { readAt, receivedAt } = this.#clock
    return readAt + performance.now() - receivedAt
  }
}
