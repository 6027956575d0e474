/** No escape: 10,000 random interleavings of the index operations on one Redis, and as many on a cluster of three masters. */
import { createClient, createCluster } from 'redis'
import { expect, onTestFinished, test } from 'vitest'
import { playRounds } from '../interleavings/random/play.ts'
import { startCluster } from '../support/redis/cluster.ts'
import { startRedis } from '../support/redis/server.ts'

const ROUNDS = Number(process.env.SOJOURN_ROUNDS ?? 10_000)
const SEED = Number(process.env.SOJOURN_SEED ?? Date.now() % 1_000_000_000)
const PATIENCE = 600_000
const SERVERS = 3

interface Client {
  connect(): Promise<unknown>
  destroy(): void
}

/** Returns how many rounds it has played. */
async function play(makeClient: () => Client): Promise<number> {
  const clients = Array.from({ length: SERVERS }, makeClient)
  await Promise.all(clients.map((client) => client.connect()))
  onTestFinished(() => {
    for (const client of clients) client.destroy()
  })
  return playRounds({ clients, rounds: ROUNDS, seed: SEED })
}

test('on one Redis', { timeout: PATIENCE }, async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  expect(await play(() => createClient({ url: redis.url }))).toBe(ROUNDS)
})

test('on a cluster of three masters', { timeout: PATIENCE }, async () => {
  const cluster = await startCluster({ masters: 3 })
  onTestFinished(() => cluster.stop())
  const rootNodes = cluster.urls.map((url) => ({ url }))
  expect(await play(() => createCluster({ rootNodes }))).toBe(ROUNDS)
})
