/** Random interleavings of index operations on real servers: many users at a time, in rounds that do not know of each other. */
import { randomUUID } from 'node:crypto'
import { redisPort } from '../../../src/redis/client.ts'
import { inspectAftermath } from './aftermath.ts'
import { planRound } from './plan.ts'
import { playRound, type Round } from './round.ts'

export interface Play {
  /** Each is a server of the application. */
  readonly clients: readonly object[]
  readonly rounds: number
  /** The rounds of a seed are the same each time; which command comes first is up to the servers. */
  readonly seed: number
}

const AT_ONCE = 100

/** Returns how many rounds it has played. Throws with the seed and the plan of the first in which something went wrong. */
export async function playRounds({ clients, rounds, seed }: Play): Promise<number> {
  const raw = redisPort(clients[0])
  let played = 0
  for (let done = 0; done < rounds; done += AT_ONCE) {
    const servers = { clients, raw, prefix: `rounds:${randomUUID()}:` }
    const batch = await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, rounds - done) }, (_, i) => {
        const ofRound = seed + done + i
        return playRound(servers, ofRound, planRound(ofRound, clients.length))
      }),
    )
    await inspectAftermath(servers, batch)
    const failed = batch.find(({ complaints }) => complaints.length > 0)
    if (failed !== undefined) throw new Error(report(failed))
    played += batch.length
  }
  return played
}

function report({ seed, plan, complaints }: Round): string {
  return `the round of seed ${seed}: ${complaints.join('; ')}\n${JSON.stringify(plan, null, 2)}`
}
