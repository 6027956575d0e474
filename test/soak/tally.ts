/** What the soak counts. */
import type { Verdict } from './known.ts'

export class Tally {
  requests = 0
  late = 0
  /** Visitors who got no answer although all was well again. */
  unserved = 0
  readonly errors = new Map<string, number>()
  readonly verdicts: Record<Verdict, number> = { lost: 0, revived: 0, 'cross-user': 0, twice: 0 }
  /** When each fault began. */
  readonly story: string[] = []
  readonly faults = new Map<string, number>()
  /** The first of what must not be, for whoever looks for the cause. */
  readonly details: string[] = []

  error(code: string): void {
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1)
  }

  fault(name: string): void {
    this.story.push(`${(performance.now() / 1000).toFixed(3)} s: ${name}`)
    this.faults.set(name, (this.faults.get(name) ?? 0) + 1)
  }

  judge(verdicts: readonly Verdict[], detail: string): void {
    for (const verdict of verdicts) {
      this.verdicts[verdict] += 1
      this.detail(`${verdict}: ${detail}`)
    }
  }

  /** Whatever happens to Redis, an app answers 503 and says why; one that was killed does not answer. */
  #strangeErrors(): number {
    const strange = [...this.errors].filter(([code]) => /^\d/.test(code) && !code.startsWith('503 SOJOURN_'))
    return strange.reduce((sum, [, count]) => sum + count, 0)
  }

  detail(text: string): void {
    if (this.details.length < 10) this.details.push(text)
  }

  get errorCount(): number {
    return [...this.errors.values()].reduce((sum, count) => sum + count, 0)
  }

  /** What must be zero. */
  get wrongs(): readonly (readonly [string, number])[] {
    return [
      ['lost acknowledged writes', this.verdicts.lost],
      ['writes applied twice', this.verdicts.twice],
      ['revived sessions', this.verdicts.revived],
      ['cross-user reads', this.verdicts['cross-user']],
      ['requests past their deadline', this.late],
      ['errors that are none of ours', this.#strangeErrors()],
      ['visitors not served in the end', this.unserved],
    ]
  }
}
