/** Reads of sessions that the process knows already, by us and by node-redis's own client-side cache. */
import { createClient } from 'redis'
import { RedisSessionStore } from 'sojourn'
import { median } from '../measure.ts'
import { DATA } from '../store/contenders.ts'
import { bytesAllocated } from './allocations.ts'

const READS = 200_000
const ROUNDS = 5
const SESSIONS = 256

export interface HotReads {
  /** Reads a second on one thread. */
  readonly sojourn: number
  readonly nodeRedis: number
  /** Bytes allocated for one read. */
  readonly bytes: { readonly sojourn: number; readonly nodeRedis: number }
}

export async function hotReads(url: string): Promise<HotReads> {
  const client = await createClient({ url }).connect()
  const caching = await createClient({ url, RESP: 3, clientSideCache: { ttl: 0, maxEntries: 0 } }).connect()
  const store = new RedisSessionStore({ client, cache: {} })
  const ids = await Promise.all(Array.from({ length: SESSIONS }, () => store.createSession(DATA)))
  const id = (turn: number) => ids[turn % SESSIONS] as string
  const contenders = {
    sojourn: (turn: number): Promise<unknown> => store.getSession(id(turn)),
    nodeRedis: (turn: number): Promise<unknown> => caching.hGetAll(`session:${id(turn)}`),
  }
  while ((store.cacheCounters?.hits ?? 0) < SESSIONS) {
    for (let turn = 0; turn < SESSIONS; turn++) await store.getSession(id(turn))
  }
  const rates = { sojourn: [] as number[], nodeRedis: [] as number[] }
  for (let round = -1; round < ROUNDS; round++) {
    for (const name of ['sojourn', 'nodeRedis'] as const) {
      const rate = await readsPerSecond(contenders[name])
      if (round >= 0) rates[name].push(rate)
    }
  }
  const bytes = {
    sojourn: await bytesAllocated(() => contenders.sojourn(0)),
    nodeRedis: await bytesAllocated(() => contenders.nodeRedis(0)),
  }
  await store.close()
  client.destroy()
  caching.destroy()
  return { sojourn: median(rates.sojourn), nodeRedis: median(rates.nodeRedis), bytes }
}

async function readsPerSecond(read: (turn: number) => Promise<unknown>): Promise<number> {
  const started = performance.now()
  for (let turn = 0; turn < READS; turn++) await read(turn)
  return READS / ((performance.now() - started) / 1000)
}
