/** What a visitor was promised: which session their cookie opens, and what it holds. Unanswered requests leave it open. */

/** What an app shows; `tag` is `null` for somebody who is not logged in. */
export interface View {
  readonly tag: string | null
  readonly n: number
  readonly value: string
}

/** A "log out everywhere" of a person, by `performance.now()`. */
export interface Everywhere {
  readonly began: number
  /** When it had ended for sure. */
  done: number
  acknowledged: boolean
}

export type Verdict = 'lost' | 'revived' | 'cross-user' | 'twice'

interface Known {
  readonly tag: string
  readonly began: number
  /** When the login was acknowledged; never, if it was not. */
  readonly done: number
  n: number
  /** Increments that were not answered: they may have happened, and may still. */
  open: number
  /** The last value acknowledged, or shown. */
  value: string
  readonly unanswered: Set<string>
  /** Whether a login, rotation or logout on it was not answered. */
  shaky: boolean
}

/** An app that was cut off has sent its last command by then. */
const LINGERS_MS = 15_000

export class Model {
  readonly #name: string
  readonly #everywheres: Everywhere[]
  #possible: Known[] = []
  #mayBeNobody = true

  /** `everywheres` is shared by all visitors who are the same person. */
  constructor(name: string, everywheres: Everywhere[]) {
    this.#name = name
    this.#everywheres = everywheres
  }

  get mayBeLoggedIn(): boolean {
    return this.#possible.length > 0
  }

  loggedIn(tag: string, began: number, acknowledged: boolean): void {
    const done = acknowledged ? performance.now() : Number.POSITIVE_INFINITY
    const known = { tag, began, done, n: 0, open: 0, value: '0', unanswered: new Set<string>(), shaky: !acknowledged }
    if (!acknowledged) this.unsettle()
    this.#possible = acknowledged ? [known] : [...this.#possible, known]
    this.#mayBeNobody = !acknowledged
  }

  /** The session may have ended, or moved to an ID that the visitor was not told. */
  unsettle(): void {
    for (const known of this.#possible) known.shaky = true
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

  countUnanswered(): void {
    for (const known of this.#possible) known.open += 1
  }

  setUnanswered(value: string): void {
    for (const known of this.#possible) known.unanswered.add(value)
  }

  /** Judges what was shown in answer to a request that began then, and set or counted something itself. */
  shown(view: View, began: number, own: { readonly counted?: 1; readonly value?: string } = {}): Verdict[] {
    if (view.tag === null) return this.#shownNobody()
    const known = this.#possible.find(({ tag }) => tag === view.tag)
    if (known === undefined) return [view.tag.startsWith(`${this.#name}/`) ? 'revived' : 'cross-user']
    const verdicts: Verdict[] = this.#wasEnded(known, began) ? ['revived'] : []
    this.#possible = [known]
    this.#mayBeNobody = false

    const n = known.n + (own.counted ?? 0)
    if (view.n < n) verdicts.push('lost')
    if (view.n > n + known.open) verdicts.push('twice')
    known.open -= Math.min(known.open, Math.max(0, view.n - n))
    known.n = view.n
    const value = own.value ?? known.value
    if (view.value !== value && !known.unanswered.has(view.value)) verdicts.push('lost')
    known.value = view.value
    return verdicts
  }

  #shownNobody(): Verdict[] {
    const excused = this.#mayBeNobody || this.#possible.some((known) => known.shaky || this.#mayBeEnded(known))
    this.loggedOut()
    return excused ? [] : ['lost']
  }

  #mayBeEnded(known: Known): boolean {
    return this.#everywheres.some(({ done }) => known.began < done)
  }

  #wasEnded(known: Known, requestBegan: number): boolean {
    return this.#everywheres.some(
      ({ began, done, acknowledged }) => acknowledged && known.done < began && done < requestBegan,
    )
  }
}

export function settle(everywhere: Everywhere, acknowledged: boolean): void {
  everywhere.acknowledged = acknowledged
  everywhere.done = performance.now() + (acknowledged ? 0 : LINGERS_MS)
}
