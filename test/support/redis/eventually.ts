/** Waiting for what servers agree on among themselves, which no event tells. */
import { setTimeout as delay } from 'node:timers/promises'

/** Asked anew after a pause that grows: what takes seconds is not there sooner for many questions, each of them a process. */
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 200
const GROWTH = 1.2
const LIMIT_MS = 15_000

/** Resolves with the first answer that is neither `undefined` nor `false`; an error counts as "not yet". */
export async function eventually<T>(what: string, probe: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = performance.now() + LIMIT_MS
  let cause: unknown
  let pause = FIRST_PAUSE_MS
  while (performance.now() < deadline) {
    try {
      const answer = await probe()
      if (answer !== undefined && answer !== false) return answer
    } catch (error) {
      cause = error
    }
    await delay(pause)
    pause = Math.min(pause * GROWTH, LONGEST_PAUSE_MS)
  }
  throw new Error(`Waited ${LIMIT_MS} ms in vain for ${what}`, { cause })
}
