import { CONFLICT, type Conflict } from './engine.ts'
import { StoreUnavailableError } from './errors.ts'

/** More than ever change one session at the same time, of whom each makes each other begin again once at most. */
const MOST_TRIES = 1000

/**
 * Makes attempts until one finds that what it was built on still holds. Whoever was in the way has got through, so it ends by
 * itself; a server that says of each that something has changed does not know what it says.
 */
export async function untilUndisturbed<T>(attempt: () => Promise<T | Conflict>): Promise<T> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const outcome = await attempt()
    if (outcome !== CONFLICT) return outcome
  }
  throw new StoreUnavailableError(`Redis says ${MOST_TRIES} times in a row that something has changed meanwhile`)
}
