/** A simulated browser: it does one thing after another on whichever app it meets, and checks what it is shown. */
import { setTimeout as sleep } from 'node:timers/promises'
import { CookieJar } from '../support/http/cookie-jar.ts'
import type { App } from './apps.ts'
import { type Everywhere, Model, settle, type View } from './model.ts'
import { pick, type Random } from './random.ts'
import type { Tally } from './tally.ts'

export interface VisitorOptions {
  readonly name: string
  readonly person: string
  readonly everywheres: Everywhere[]
  readonly apps: readonly App[]
  readonly random: Random
  readonly tally: Tally
}

/** Commands of a route at most, each with half a second; whatever happens, a request has ended by then. */
const COMMANDS: Record<string, number> = { '/login': 12, '/rotate': 12, '/logout': 4, '/logout-everywhere': 40 }
const COMMAND_MS = 500
const SLACK_MS = 1500
const OLD_TICKETS = 5

export class Visitor {
  readonly #options: VisitorOptions
  readonly #model: Model
  readonly #jar = new CookieJar()
  #oldTickets: CookieJar[] = []
  #serial = 0

  constructor(options: VisitorOptions) {
    this.#options = options
    this.#model = new Model(options.name, options.everywheres)
  }

  async act(): Promise<void> {
    const act = this.#model.mayBeLoggedIn
      ? pick(this.#options.random, [
          [40, () => this.#look()],
          [15, () => this.#set()],
          [20, () => this.#count()],
          [5, () => this.#rotate()],
          [5, () => this.#logout()],
          [2, () => this.#logoutEverywhere()],
          [2, () => this.#login()],
          [5, () => this.#replay()],
        ])
      : pick(this.#options.random, [
          [3, () => this.#login()],
          [1, () => this.#look()],
          [1, () => this.#replay()],
        ])
    await act()
    await sleep(this.#options.random() * 20)
  }

  async #look(): Promise<void> {
    const began = performance.now()
    const view = await this.#request('GET', '/me')
    if (view !== null) this.#judge(view, began, {})
  }

  async #set(): Promise<void> {
    const began = performance.now()
    const value = String(++this.#serial)
    const view = await this.#request('POST', `/set?value=${value}`)
    if (view === null) this.#model.setUnanswered(value)
    else this.#judge(view, began, { value })
  }

  async #count(): Promise<void> {
    const began = performance.now()
    const view = await this.#request('POST', '/count')
    if (view === null) this.#model.countUnanswered()
    else this.#judge(view, began, { counted: 1 })
  }

  async #login(): Promise<void> {
    const began = performance.now()
    const tag = `${this.#options.name}/${++this.#serial}`
    const before = this.#jar.copy()
    const view = await this.#request('POST', `/login?user=${this.#options.person}&tag=${tag}`)
    this.#model.loggedIn(tag, began, view !== null)
    if (view === null) return
    this.#judge(view, began, {})
    this.#keepTicket(before)
  }

  async #rotate(): Promise<void> {
    const began = performance.now()
    const before = this.#jar.copy()
    const view = await this.#request('POST', '/rotate')
    if (view === null) return this.#model.unsettle()
    this.#judge(view, began, {})
    this.#keepTicket(before)
  }

  async #logout(): Promise<void> {
    const before = this.#jar.copy()
    const answer = await this.#request('POST', '/logout')
    if (answer === null) return this.#model.unsettle()
    this.#model.loggedOut()
    this.#keepTicket(before)
  }

  async #logoutEverywhere(): Promise<void> {
    const began = performance.now()
    const everywhere = this.#model.everywhere(began)
    const view = await this.#request('POST', '/logout-everywhere')
    settle(everywhere, view !== null && view.tag !== null)
    if (view === null) return
    this.#judge(view, began, {})
    this.#model.loggedOut()
  }

  /** A ticket that was taken back opens nothing. */
  async #replay(): Promise<void> {
    const jar = this.#oldTickets[Math.floor(this.#options.random() * this.#oldTickets.length)]
    if (jar === undefined) return
    const view = await this.#request('GET', '/me', jar.copy())
    if (view !== null && view.tag !== null) this.#options.tally.judge(['revived'], `${view.tag} by an old ticket`)
  }

  #judge(view: View, began: number, own: { counted?: 1; value?: string }): void {
    const verdicts = this.#model.shown(view, began, view.tag === null ? {} : own)
    this.#options.tally.judge(verdicts, `${this.#options.name} ${JSON.stringify({ view, own })}`)
  }

  #keepTicket(jar: CookieJar): void {
    this.#oldTickets = [...this.#oldTickets.slice(1 - OLD_TICKETS), jar]
  }

  /** What the app shows; `null` when nobody knows what came of it. */
  async #request(method: string, path: string, jar: CookieJar = this.#jar): Promise<View | null> {
    const { apps, random, tally } = this.#options
    const app = apps[Math.floor(random() * apps.length)] as App
    const url = new URL(path, app.origin)
    tally.requests += 1
    const begun = performance.now()
    try {
      const headers = { cookie: jar.header(url) ?? '', origin: app.origin }
      const response = await fetch(url, { method, headers, signal: AbortSignal.timeout(60_000) })
      const body = (await response.json()) as View & { error?: string }
      jar.take(url, response.headers.getSetCookie())
      if (response.ok) return body
      tally.error(`${response.status} ${body.error}`)
    } catch (error) {
      const { cause, name } = error as Error & { cause?: { code?: string } }
      tally.error(cause?.code ?? name)
    } finally {
      const limit = (COMMANDS[url.pathname] ?? 3) * COMMAND_MS + SLACK_MS
      const took = performance.now() - begun
      if (took > limit) {
        tally.late += 1
        tally.detail(`${path} took ${Math.round(took)} ms`)
      }
    }
    return null
  }
}
