import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Few enough that no collection falls in between. */
const TURNS = 2000
const ROUNDS = 5

/** Bytes that one turn allocates on the heap: the least of several rounds, for nothing ever takes less than it needs. */
export async function bytesAllocated(turn: () => Promise<unknown>): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    collect()
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < TURNS; i++) await turn()
    const grown = process.memoryUsage().heapUsed - before
    if (grown > 0) least = Math.min(least, grown / TURNS)
  }
  return least
}
