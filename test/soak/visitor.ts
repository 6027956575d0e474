/** A simulated browser: it does one thing after another on whichever app it meets, and checks what it is shown. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { CookieJar } from '../support/http/cookie-jar.ts'
import { Browser, type BrowserOptions } from './browser.ts'
import type { View } from './known.ts'
import type { Losses, Span } from './losses.ts'
import { type Everywhere, Model, type Own, settle } from './model.ts'
import { pick } from './random.ts'

export interface VisitorOptions extends BrowserOptions {
  readonly name: string
  readonly person: string
  readonly everywheres: Everywhere[]
  readonly losses: Losses
}

const OLD_TICKETS = 5

/** A cookie that was replaced or taken back, and when. */
interface OldTicket {
  readonly jar: CookieJar
  readonly end: Span
}

/** How often a visitor asks in the end, when all is well again. */
const LAST_TRIES = 50

export class Visitor {
  readonly #options: VisitorOptions
  readonly #model: Model
  readonly #browser: Browser
  #oldTickets: OldTicket[] = []
  #serial = 0

  constructor(options: VisitorOptions) {
    this.#options = options
    this.#model = new Model(options.name, options.everywheres, options.losses)
    this.#browser = new Browser(options)
  }

  async act(): Promise<void> {
    const act = this.#model.mayBeLoggedIn
      ? pick<() => Promise<unknown>>(this.#options.random, [
          [40, () => this.#look()],
          [15, () => this.#set()],
          [20, () => this.#count()],
          [5, () => this.#rotate()],
          [5, () => this.#logout()],
          [4, () => this.#logoutEverywhere()],
          [2, () => this.#login()],
          [5, () => this.#replay()],
        ])
      : pick<() => Promise<unknown>>(this.#options.random, [
          [3, () => this.#login()],
          [1, () => this.#look()],
          [1, () => this.#replay()],
        ])
    await act()
    await sleep(this.#options.random() * 20)
  }

  /** Looks once more, when all is well again; whether there was an answer. */
  async lastLook(): Promise<boolean> {
    for (let tries = 0; tries < LAST_TRIES; tries++) {
      if (await this.#look()) return true
      await sleep(100)
    }
    return false
  }

  async #look(): Promise<boolean> {
    const began = performance.now()
    const view = await this.#ask('GET', '/me')
    if (view !== null) this.#judge(view, began)
    return view !== null
  }

  async #set(): Promise<void> {
    const began = performance.now()
    const value = String(++this.#serial)
    const view = await this.#ask('POST', `/set?value=${value}`, () => this.#model.writeUnanswered(value))
    if (view !== null) this.#judge(view, began, { value })
  }

  async #count(): Promise<void> {
    const began = performance.now()
    const view = await this.#ask('POST', '/count', () => this.#model.countUnanswered())
    if (view !== null) this.#judge(view, began, { counted: true })
  }

  async #login(): Promise<void> {
    const began = performance.now()
    const tag = `${this.#options.name}/${++this.#serial}`
    const before = this.#browser.jar.copy()
    const path = `/login?user=${this.#options.person}&tag=${tag}`
    const view = await this.#ask('POST', path, () => this.#model.loginUnanswered(tag, began))
    if (view === null) return
    this.#model.loggedIn(tag, since(began))
    this.#judge(view, began)
    this.#keepTicket(before, began)
  }

  async #rotate(): Promise<void> {
    const began = performance.now()
    const before = this.#browser.jar.copy()
    const view = await this.#ask('POST', '/rotate', () => this.#model.rotationUnanswered(began))
    if (view === null) return
    this.#judge(view, began)
    if (view.tag === null) return
    this.#model.rotated(since(began))
    this.#keepTicket(before, began)
  }

  async #logout(): Promise<void> {
    const began = performance.now()
    const before = this.#browser.jar.copy()
    const answer = await this.#ask('POST', '/logout', () => this.#model.logoutUnanswered(began))
    if (answer === null) return
    this.#model.loggedOut()
    this.#keepTicket(before, began)
  }

  async #logoutEverywhere(): Promise<void> {
    const began = performance.now()
    const before = this.#browser.jar.copy()
    const everywhere = this.#model.everywhere(began)
    const answer = await this.#browser.ask('POST', '/logout-everywhere')
    settle(everywhere, answer)
    if (typeof answer === 'string') return
    this.#judge(answer, began)
    if (answer.tag === null) return
    this.#model.loggedOut()
    this.#keepTicket(before, began)
  }

  /** A ticket that was taken back opens nothing, unless a failover has undone that, and nobody else's session ever. */
  async #replay(): Promise<void> {
    const { losses, random, tally } = this.#options
    const ticket = this.#oldTickets[Math.floor(random() * this.#oldTickets.length)]
    if (ticket === undefined) return
    const view = await this.#browser.ask('GET', '/me', ticket.jar.copy())
    if (typeof view === 'string' || view.tag === null) return
    if (!this.#model.isOwn(view.tag)) tally.judge(['cross-user'], `${view.tag} by an old ticket`)
    else if (!losses.mayHaveUndone(ticket.end)) tally.judge(['revived'], `${view.tag} by an old ticket`)
  }

  /** What the app shows; `null` when it does not, which is `unanswered` if the request may have changed something. */
  async #ask(method: string, path: string, unanswered: () => void = () => {}): Promise<View | null> {
    const answer = await this.#browser.ask(method, path)
    if (answer === 'unknown') unanswered()
    return typeof answer === 'string' ? null : answer
  }

  #judge(view: View, began: number, own: Own = {}): void {
    const verdicts = this.#model.shown(view, since(began), own)
    this.#options.tally.judge(verdicts, `${this.#options.name}, asked of late:\n${this.#browser.story}`)
  }

  #keepTicket(jar: CookieJar, began: number): void {
    this.#oldTickets = [...this.#oldTickets.slice(1 - OLD_TICKETS), { jar, end: since(began) }]
  }
}

function since(began: number): Span {
  return { began, done: performance.now() }
}
