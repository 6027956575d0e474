/** What create, update and rotate cost with no, one and three indexes. */
import type { RedisSessionStore } from 'sojourn'
import type { BenchClient } from '../client.ts'
import { type Contender, table, takeTurns } from '../measure.ts'
import { COUNTS, dataOf, storeWith } from './stores.ts'

/** More than are in flight at once, so that no two operations meet on a session. */
const SESSIONS = 256

type Operation = (store: RedisSessionStore, ids: string[], turn: number) => Promise<unknown>

const OPERATIONS: Record<string, Operation> = {
  create: (store, _ids, turn) => store.createSession(dataOf(turn)),
  'update another field': (store, ids, turn) => store.updateSession(idOf(ids, turn), { theme: String(turn) }),
  'update an indexed field': (store, ids, turn) => store.updateSession(idOf(ids, turn), { user_id: `new-${turn}` }),
  rotate: async (store, ids, turn) => {
    ids[turn % SESSIONS] = (await store.rotateSession(idOf(ids, turn))) as string
  },
}

export async function costOfWrites(client: BenchClient): Promise<string> {
  const rows: string[][] = []
  for (const [name, run] of Object.entries(OPERATIONS)) {
    const timings = await takeTurns(await contenders(client, run), { rounds: 5, operations: 1000 })
    const row = (cells: readonly number[], unit: (value: number) => string) => [
      ...cells.map(unit),
      `${((cells[2] ?? 0) / (cells[0] ?? 1)).toFixed(1)} ×`,
    ]
    const milliseconds = (value: number) => `${(value / 1000).toFixed(2)} ms`
    const perOperation = timings.map(({ throughput }) => 1_000_000 / throughput)
    rows.push([
      `**${name}**`,
      'one in flight',
      ...row(
        timings.map(({ latency }) => latency),
        milliseconds,
      ),
    ])
    rows.push(['', 'each of 64 in flight', ...row(perOperation, milliseconds)])
    await client.flushAll()
  }
  return table(['operation', 'time', 'no index', 'one', 'three', 'three ÷ none'], rows)
}

function contenders(client: BenchClient, run: Operation): Promise<Contender[]> {
  return Promise.all(
    COUNTS.map(async (count) => {
      const { store } = storeWith(client, count)
      const ids = await Promise.all(Array.from({ length: SESSIONS }, (_, i) => store.createSession(dataOf(i))))
      return { name: String(count), run: (turn: number) => run(store, ids, turn) }
    }),
  )
}

function idOf(ids: readonly string[], turn: number): string {
  return ids[turn % SESSIONS] as string
}
