/** The table in which a soak ends. */
import type { TwoVitals } from './growth.ts'
import type { Tally } from './tally.ts'

export interface Findings {
  readonly tally: Tally
  readonly vitals: readonly TwoVitals[]
  readonly grown: readonly string[]
  readonly sessions: number
  readonly complaints: readonly string[]
}

type Rows = readonly (readonly [string, string | number])[]

const MOST_COMPLAINTS = 10

/** Prints it, and returns whether all is zero that must be. */
export function report(title: string, { tally, vitals, grown, sessions, complaints }: Findings): boolean {
  const wrongs = [
    ...tally.wrongs,
    ['complaints of the auditor', complaints.length] as const,
    ['memory or handles that grow', grown.length] as const,
  ]
  const totals: Rows = [
    ['requests', tally.requests],
    ['errors', tally.errorCount],
    ['sessions in the end', sessions],
    ...vitals.flatMap(vitalsRows),
  ]
  const tables = [[...tally.faults], [...tally.errors], [...totals, ...wrongs]].map(table)
  console.log(`\n${[title, ...tables].join('\n\n')}\n`)
  const isWell = wrongs.every(([, count]) => count === 0)
  const details = [...tally.details, ...complaints.slice(0, MOST_COMPLAINTS), ...grown, ...tally.story]
  if (!isWell) console.error(details.join('\n'))
  return isWell
}

function vitalsRows({ client, early, late }: TwoVitals): Rows {
  return [
    [`heap, ${client}`, `${megabytes(early.heap)} MB, later ${megabytes(late.heap)} MB`],
    [`sockets, ${client}`, `${early.sockets}, later ${late.sockets}`],
    [`listeners, ${client}`, `${early.listeners}, later ${late.listeners}`],
  ]
}

function table(rows: Rows): string {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value.toLocaleString('en')}`).join('\n')
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
