import { StoreUnavailableError } from './errors.ts'
import { mintSessionId } from './session-id.ts'

/** By chance not even the first is taken, in the lifetime of the universe. */
const MOST_TRIES = 5

/** Mints IDs until one can be claimed. A server that says of each that it is taken does not know what it says. */
export async function claimFreshId(claim: (id: string) => Promise<boolean>): Promise<string> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const id = mintSessionId()
    if (await claim(id)) return id
  }
  throw new StoreUnavailableError(`Redis says of ${MOST_TRIES} new IDs in a row that they are taken`)
}
