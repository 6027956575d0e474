/** What a visitor was promised: which session their cookie opens. Unanswered requests leave it open. */
import type { Answer } from './browser.ts'
import { Known, LINGERS_MS, type Verdict, type View } from './known.ts'
import type { Losses, Span } from './losses.ts'

/** A "log out everywhere" of a person. */
export interface Everywhere extends Span {
  /** When it had ended for sure. */
  done: number
  acknowledged: boolean
}

interface Gone {
  readonly known: Known
  /** When it ended: not before, and not after. */
  readonly end: Span
}

/** What the request itself had changed, if it was answered. */
export interface Own {
  readonly counted?: true
  readonly value?: string
}

export class Model {
  readonly #name: string
  readonly #everywheres: Everywhere[]
  readonly #losses: Losses
  #possible: Known[] = []
  #mayBeNobody = true
  /** Those whose end was shown. */
  #gone: Gone[] = []

  /** `everywheres` is shared by all visitors who are the same person. */
  constructor(name: string, everywheres: Everywhere[], losses: Losses) {
    this.#name = name
    this.#everywheres = everywheres
    this.#losses = losses
  }

  get mayBeLoggedIn(): boolean {
    return this.#possible.length > 0
  }

  loggedIn(tag: string, login: Span): void {
    this.#possible = [new Known(tag, login, this.#losses)]
    this.#mayBeNobody = false
  }

  loginUnanswered(tag: string, began: number): void {
    this.#possible.push(new Known(tag, lingering(began), this.#losses))
    this.#mayBeNobody = true
    this.logoutUnanswered(began)
  }

  logoutUnanswered(began: number): void {
    for (const known of this.#possible) known.shake(lingering(began))
  }

  rotated(span: Span): void {
    for (const known of this.#possible) known.rotated(span)
  }

  rotationUnanswered(began: number): void {
    for (const known of this.#possible) known.rotationUnanswered(lingering(began))
  }

  countUnanswered(): void {
    for (const known of this.#possible) known.countUnanswered()
  }

  writeUnanswered(value: string): void {
    for (const known of this.#possible) known.writeUnanswered(value)
  }

  loggedOut(): void {
    this.#possible = []
    this.#mayBeNobody = true
  }

  everywhere(began: number): Everywhere {
    const everywhere = { began, done: Number.POSITIVE_INFINITY, acknowledged: false }
    this.#everywheres.push(everywhere)
    return everywhere
  }

  /** Judges what was shown in answer to a request. */
  shown(view: View, seen: Span, own: Own): Verdict[] {
    if (view.tag === null) return this.#shownNobody(seen)
    const known = this.#find(view.tag)
    if (known === undefined) return [this.isOwn(view.tag) ? 'revived' : 'cross-user']
    const isOver = this.#wasEnded(known, seen) || this.#losses.hasWiped(known.login, seen)
    this.#possible = [known]
    this.#mayBeNobody = false
    if (own.counted) known.counted(seen)
    if (own.value !== undefined) known.wrote(own.value, seen)
    return [...(isOver ? (['revived'] as const) : []), ...known.judge(view, seen)]
  }

  isOwn(tag: string): boolean {
    return tag.startsWith(`${this.#name}/`)
  }

  #find(tag: string): Known | undefined {
    const returned = this.#gone.find(({ known, end }) => known.tag === tag && this.#losses.mayHaveUndone(end))
    return this.#possible.find((known) => known.tag === tag) ?? returned?.known
  }

  #shownNobody(seen: Span): Verdict[] {
    const isExcused = this.#mayBeNobody || this.#possible.some((known) => this.#endOf(known) !== null)
    if (isExcused && this.#losses.mayBeOutdated(seen)) {
      this.#mayBeNobody = true // and may be somebody again, asked of the other master
      return []
    }
    for (const known of this.#possible) {
      const began = Math.min(this.#endOf(known) ?? seen.began, seen.began)
      this.#gone = [...this.#gone.slice(-3), { known, end: { began, done: seen.done } }]
    }
    this.loggedOut()
    return isExcused ? [] : ['lost']
  }

  /** From when on the session may have been over; `null` when it must be there. */
  #endOf(known: Known): number | null {
    const ended = this.#everywheres.find(({ done }) => known.seenAt < done)
    if (known.shakySince !== null || ended !== undefined) {
      return Math.min(known.shakySince ?? Number.POSITIVE_INFINITY, ended?.began ?? Number.POSITIVE_INFINITY)
    }
    return known.mayBeLost() ? known.login.began : null
  }

  #wasEnded(known: Known, seen: Span): boolean {
    if (known.mayBeMissedByIndexes()) return false
    return this.#everywheres.some(
      (everywhere) =>
        everywhere.acknowledged &&
        known.login.done < everywhere.began &&
        everywhere.done < seen.began &&
        !this.#losses.mayHaveUndone(everywhere),
    )
  }
}

function lingering(began: number): Span {
  return { began, done: performance.now() + LINGERS_MS }
}

/** One that was refused may have ended some sessions before; one of a visitor who is nobody ends nothing. */
export function settle(everywhere: Everywhere, answer: Answer): void {
  everywhere.acknowledged = typeof answer !== 'string' && answer.tag !== null
  everywhere.done = performance.now() + (answer === 'unknown' ? LINGERS_MS : 0)
}
