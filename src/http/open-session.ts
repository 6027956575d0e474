/** One request's session, from its beginning to its end: what an adapter works with. */
import type { SessionCookie } from './cookie.ts'
import type { FieldTypes } from './fields.ts'
import type { Session } from './session.ts'
import type { TicketNews } from './ticket.ts'
import type { Visit } from './visit.ts'
import type { LateListener } from './visit-terms.ts'

/** The headers of a response that has not begun. */
export interface HeaderSink {
  get(name: string): string | undefined
  set(name: string, value: string): void
  /** Adds a Set-Cookie beside those that stand there. */
  addCookie(value: string): void
}

/** What holds for all sessions of a manager. */
export interface SessionTerms {
  readonly cookie: SessionCookie
  readonly lazy: boolean
  readonly clearSiteData: string | null
  readonly onUnsaved: (handle: string | null, error: unknown) => void
}

export class OpenSession<F extends FieldTypes | null> {
  readonly session: Session<F>
  readonly #visit: Visit
  readonly #terms: SessionTerms
  #failed = false
  #headersWritten = false
  #committing: Promise<void> | undefined

  constructor(session: Session<F>, visit: Visit, terms: SessionTerms) {
    this.session = session
    this.#visit = visit
    this.#terms = terms
  }

  /** Whether the handler can run at once. */
  get isReady(): boolean {
    return this.#terms.lazy || this.#visit.isLoaded
  }

  /** Reads the session. Rejects when the request is to be refused. */
  load(): Promise<void> {
    return this.#visit.load()
  }

  /** Whether the response can begin at once, or end: nothing is to be saved, or it has failed. */
  get isSettled(): boolean {
    return this.#failed || this.#visit.isSettled
  }

  /** Saves what changed, for all who ask at once, and once and for all: what fails to be saved is not tried again. */
  commit(): Promise<void> {
    this.#committing ??= this.#saveAll().finally(() => {
      this.#committing = undefined
    })
    return this.#committing
  }

  set lateListener(listener: LateListener) {
    this.#visit.lateListener = listener
  }

  get hasWrittenHeaders(): boolean {
    return this.#headersWritten
  }

  /** Writes what the response's headers have to say; once, when they are about to be sent. */
  writeHeaders(headers: HeaderSink): void {
    if (this.#headersWritten) return
    this.#headersWritten = true
    if (this.#visit.looked) headers.set('Vary', withCookie(headers.get('Vary')))
    const { cookie, clearSiteData } = this.#terms
    const news = this.#ticketNews()
    if (news === 'withdrawn') headers.addCookie(cookie.withdraw())
    else if (news !== null) headers.addCookie(cookie.issue(news.id, news.ttl))
    if (news !== null || this.#failed || this.#visit.wasRefused) headers.set('Cache-Control', 'no-store')
    if (news !== null && this.#visit.isDestroyed && clearSiteData !== null) {
      headers.set('Clear-Site-Data', clearSiteData)
    }
  }

  /** A failure leaves the cookie as it is, unless the session had got a new ID before. */
  #ticketNews(): TicketNews {
    const isRenewed = this.#terms.cookie.followsTtl && this.#visit.looked && !this.#failed
    const news = this.#visit.takeTicketNews({ isRenewed })
    return this.#failed && news === 'withdrawn' ? null : news
  }

  async #saveAll(): Promise<void> {
    try {
      // What changes while the rest is being saved is saved too.
      while (!this.isSettled) await this.#visit.save()
    } catch (error) {
      this.#failed = true
      if (this.#headersWritten) this.#terms.onUnsaved(this.session.handle, error)
      throw error
    }
  }
}

/** RFC 9110 §12.5.5: `*` says it all. */
function withCookie(vary: string | undefined): string {
  if (vary === undefined || vary === '') return 'Cookie'
  const names = new Set(vary.split(',').map((name) => name.trim().toLowerCase()))
  return names.has('*') || names.has('cookie') ? vary : `${vary}, Cookie`
}
