/** Random interleavings of the index operations, 10,000 to a topology: `SOJOURN_ROUNDS` and `SOJOURN_SEED` ask for others. */
import { onTestFinished } from 'vitest'
import { playRounds } from '../../interleavings/random/play.ts'

export const ROUNDS = Number(process.env.SOJOURN_ROUNDS ?? 10_000)
const SEED = Number(process.env.SOJOURN_SEED ?? Date.now() % 1_000_000_000)
const SERVERS = 3

export const PATIENCE = 600_000

interface Client {
  connect(): Promise<unknown>
  destroy(): void
}

/** Plays them on application servers with a client each, and returns how many it has played. */
export async function playInterleavings(makeClient: () => Client): Promise<number> {
  const clients = Array.from({ length: SERVERS }, makeClient)
  await Promise.all(clients.map((client) => client.connect()))
  onTestFinished(() => {
    for (const client of clients) client.destroy()
  })
  return playRounds({ clients, rounds: ROUNDS, seed: SEED })
}
