/** What one session must hold, by what its visitor was told. Unanswered changes leave it open. */
import { LOSS_WINDOW_MS, type Losses, type Span } from './losses.ts'

/** What an app shows; `tag` is `null` for somebody who is not logged in. */
export interface View {
  readonly tag: string | null
  readonly n: number
  readonly value: string
}

export type Verdict = 'lost' | 'revived' | 'cross-user' | 'twice'

/** An app that was cut off has sent its last command by then. */
export const LINGERS_MS = 15_000

interface Written extends Span {
  readonly value: string
}

export class Known {
  readonly tag: string
  readonly login: Span
  readonly #losses: Losses
  /** When it was there for sure. */
  seenAt: number
  /** When it may have ended, or moved to an ID that the visitor was not told, without an answer. */
  #shaky: Span | null = null
  /** Logins and rotations after which nobody has seen it yet. */
  #unproven: Span[]
  /** The last that was answered, and the unanswered since: by them it stands in its indexes. */
  #entered: Span[]
  #n = 0
  /** Acknowledged increments that a failover may still undo. */
  #counted: Span[] = []
  /** Increments that were not answered: they may have happened, and may still. */
  #open = 0
  /** Acknowledged values, the last one last, as far back as a failover may lead. */
  #written: Written[]
  readonly #unanswered = new Set<string>()

  constructor(tag: string, login: Span, losses: Losses) {
    this.tag = tag
    this.login = login
    this.seenAt = login.began
    this.#losses = losses
    this.#unproven = [login]
    this.#entered = [login]
    this.#written = [{ ...login, value: '0' }]
  }

  get shakySince(): number | null {
    return this.#shaky && this.#shaky.began
  }

  shake(span: Span): void {
    this.#shaky = { began: this.#shaky?.began ?? span.began, done: span.done }
  }

  rotated(span: Span): void {
    this.#unproven.push(span)
    this.#entered = [span]
  }

  rotationUnanswered(span: Span): void {
    this.shake(span)
    this.#entered.push(span)
  }

  counted(span: Span): void {
    this.#n += 1
    this.#counted.push(span)
  }

  countUnanswered(): void {
    this.#open += 1
  }

  wrote(value: string, span: Span): void {
    this.#written.push({ ...span, value })
  }

  writeUnanswered(value: string): void {
    this.#unanswered.add(value)
  }

  mayBeLost(): boolean {
    return this.#losses.mayHaveWiped(this.login) || this.#unproven.some((span) => this.#losses.mayHaveUndone(span))
  }

  /** Whether a "log out everywhere" may not have found it: its index entry is a key of its own, and may be lost alone. */
  mayBeMissedByIndexes(): boolean {
    return this.#entered.some((span) => this.#losses.mayHaveUndone(span))
  }

  /** Judges what was shown of it. */
  judge({ n, value }: View, seen: Span): Verdict[] {
    const verdicts: Verdict[] = []
    const undone = this.#counted.filter((span) => this.#losses.mayHaveUndone(span)).length
    if (n < this.#n - undone) verdicts.push('lost')
    if (n > this.#n + this.#open) verdicts.push('twice')
    if (!this.#mayHold(value)) verdicts.push('lost')
    if (!this.#losses.mayBeOutdated(seen)) this.#settle(n, value, seen)
    return verdicts
  }

  #mayHold(value: string): boolean {
    if (this.#unanswered.has(value)) return true
    for (const written of this.#written.toReversed()) {
      if (written.value === value) return true
      if (!this.#losses.mayHaveUndone(written)) return false
    }
    return false
  }

  /** What was shown is so; a failover to come leads back by no more than its window. */
  #settle(n: number, value: string, seen: Span): void {
    this.seenAt = seen.began
    if (this.#shaky !== null && this.#shaky.done < seen.began) this.#shaky = null
    this.#open -= Math.min(this.#open, Math.max(0, n - this.#n))
    this.#n = n
    const isLate = ({ done }: Span) => done >= seen.began - LOSS_WINDOW_MS
    this.#counted = this.#counted.filter(isLate)
    this.#unproven = this.#unproven.filter(isLate)
    const at = this.#written.findLastIndex((written) => written.value === value)
    const held = at === -1 ? [...this.#written, { ...seen, value }] : this.#written.slice(0, at + 1)
    this.#written = held.slice(
      Math.max(
        0,
        held.findLastIndex((written) => !isLate(written)),
      ),
    )
  }
}
