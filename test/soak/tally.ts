/** What the soak counts, and the table in which it ends. */
import type { Verdict } from './model.ts'

export class Tally {
  requests = 0
  late = 0
  readonly errors = new Map<string, number>()
  readonly verdicts: Record<Verdict, number> = { lost: 0, revived: 0, 'cross-user': 0, twice: 0 }
  readonly faults = new Map<string, number>()
  /** The first of what must not be, for whoever looks for the cause. */
  readonly details: string[] = []

  error(code: string): void {
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1)
  }

  fault(name: string): void {
    this.faults.set(name, (this.faults.get(name) ?? 0) + 1)
  }

  judge(verdicts: readonly Verdict[], detail: string): void {
    for (const verdict of verdicts) {
      this.verdicts[verdict] += 1
      this.detail(`${verdict}: ${detail}`)
    }
  }

  detail(text: string): void {
    if (this.details.length < 10) this.details.push(text)
  }

  /** What must be zero. */
  get wrongs(): readonly (readonly [string, number])[] {
    return [
      ['lost acknowledged writes', this.verdicts.lost],
      ['writes applied twice', this.verdicts.twice],
      ['revived sessions', this.verdicts.revived],
      ['cross-user reads', this.verdicts['cross-user']],
      ['requests past their deadline', this.late],
    ]
  }
}

export function table(rows: readonly (readonly [string, string | number])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value.toLocaleString('en')}`).join('\n')
}
