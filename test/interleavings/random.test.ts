/** A few random interleavings on a real Redis and a real cluster; `npm run test:faults` plays 10,000 of each. */
import { createClient, createCluster } from 'redis'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { playRounds } from './random/play.ts'

const ROUNDS = Number(process.env.SOJOURN_ROUNDS ?? 200)
const SEED = Number(process.env.SOJOURN_SEED ?? Date.now() % 1_000_000_000)

interface Client {
  connect(): Promise<unknown>
  destroy(): void
}

describe('no session escapes "log out everywhere", and indexes heal', () => {
  const rootNodes = inject('cluster').ports.map((port) => ({ url: `redis://127.0.0.1:${port}` }))

  test.each<[string, () => Client]>([
    ['on Redis', () => createClient({ url: inject('redis').url })],
    ['on a cluster', () => createCluster({ rootNodes })],
  ])('%s', async (_, makeClient) => {
    const clients = Array.from({ length: 3 }, makeClient)
    await Promise.all(clients.map((client) => client.connect()))
    onTestFinished(() => {
      for (const client of clients) client.destroy()
    })
    expect(await playRounds({ clients, rounds: ROUNDS, seed: SEED })).toBe(ROUNDS)
  })
})
