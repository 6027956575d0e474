/** Measuring contenders against each other: in one process, on one server, taking turns, so that only ratios count. */

export interface Contender {
  readonly name: string
  /** One operation; `turn` says which of the sessions it is for. */
  run(turn: number): Promise<unknown>
}

export interface Timing {
  /** Median of the rounds, microseconds for one operation with one in flight. */
  readonly latency: number
  /** Median of the rounds, operations a second with 64 in flight. */
  readonly throughput: number
}

const IN_FLIGHT = 64

/** Times each contender in alternating rounds. */
export async function takeTurns(
  contenders: readonly Contender[],
  { rounds, operations }: { rounds: number; operations: number },
): Promise<Timing[]> {
  const latencies = contenders.map((): number[] => [])
  const throughputs = contenders.map((): number[] => [])
  for (let round = -1; round < rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      const latency = await oneAtATime(contender, operations / 4)
      const throughput = await manyAtATime(contender, operations)
      if (round < 0) continue // the first round warms up
      latencies[i]?.push(latency)
      throughputs[i]?.push(throughput)
    }
  }
  return contenders.map((_, i) => ({ latency: median(latencies[i] ?? []), throughput: median(throughputs[i] ?? []) }))
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

async function oneAtATime({ run }: Contender, operations: number): Promise<number> {
  const started = performance.now()
  for (let turn = 0; turn < operations; turn++) await run(turn)
  return ((performance.now() - started) * 1000) / operations
}

async function manyAtATime({ run }: Contender, operations: number): Promise<number> {
  const started = performance.now()
  let turn = 0
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (turn < operations) await run(turn++)
    }),
  )
  return operations / ((performance.now() - started) / 1000)
}

/** How much the first rates are of the second: the median of the rounds, each of which compares neighbours in time. */
export function ratio(rates: readonly number[], others: readonly number[]): number {
  return median(rates.map((rate, round) => rate / (others[round] as number)))
}

/** A table of Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}
