/**
 * `npm run bench:people [sessions]`: what indexes cost a write, what they save a question, and whether any of it grows with
 * the number of sessions (1,000,000 unless told otherwise).
 */
import { RedisSessionStore } from 'sojourn'
import { startRedis } from '../test/support/redis/server.ts'
import { type BenchClient, connect } from './client.ts'
import { type Contender, median, table, takeTurns } from './measure.ts'

const MANY = Number(process.argv[2] ?? 1_000_000)
const FEW = 1000
const DEVICES = 100

const redis = await startRedis()
const client = await connect(redis.url)

await costOfWrites()
const few = await costOfQuestions(FEW)
const many = await costOfQuestions(MANY)
console.log(
  table(
    ['operation', `among ${FEW.toLocaleString('en')}`, `among ${MANY.toLocaleString('en')}`, 'growth'],
    Object.keys(few).map((name) => {
      const [before, after] = [few[name] as number, many[name] as number]
      return [name, milliseconds(before), milliseconds(after), `${(after / before).toFixed(2)} ×`]
    }),
  ),
)
await client.close()
await redis.stop()

/** Create, update and rotate with no, one and three indexes. */
async function costOfWrites(): Promise<void> {
  const fields = ['user_id', 'tenant', 'plan']
  const stores = [0, 1, 3].map((count) => ({
    count,
    store: openStore(`cost${count}:`, Object.fromEntries(fields.slice(0, count).map((name) => [name, true]))),
  }))
  const contenders = (run: (store: RedisSessionStore, turn: number) => Promise<unknown>): Contender[] =>
    stores.map(({ count, store }) => ({ name: String(count), run: (turn) => run(store, turn) }))
  const data = (turn: number) => ({ user_id: String(turn % 500), tenant: String(turn % 20), plan: 'free' })
  const ids = new Map<RedisSessionStore, string>()
  for (const { store } of stores) ids.set(store, await store.createSession(data(1)))
  const idOf = (store: RedisSessionStore) => ids.get(store) as string

  const operations: Record<string, Contender[]> = {
    create: contenders((store, turn) => store.createSession(data(turn))),
    'update another field': contenders((store, turn) => store.updateSession(idOf(store), { theme: String(turn) })),
    'update an indexed field': contenders((store, turn) => store.updateSession(idOf(store), { user_id: String(turn) })),
    'create and rotate': contenders(async (store, turn) => store.rotateSession(await store.createSession(data(turn)))),
  }
  const rows: string[][] = []
  for (const [name, each] of Object.entries(operations)) {
    const timings = await takeTurns(each, { rounds: 5, operations: 400 })
    const latencies = timings.map(({ latency }) => latency)
    rows.push([
      name,
      ...latencies.map((latency) => `${(latency / 1000).toFixed(2)} ms`),
      `${((latencies[2] ?? 0) / (latencies[0] ?? 1)).toFixed(1)} ×`,
    ])
  }
  console.log(table(['latency, one in flight', 'no index', 'one', 'three', 'three ÷ none'], rows))
  console.log()
  await client.flushAll()
}

/** Asking and ending by an index, and by SCAN, among so many sessions. */
async function costOfQuestions(sessions: number): Promise<Record<string, number>> {
  await client.flushAll()
  const store = openStore('session:', { user_id: true })
  const id = await store.createSession({ user_id: 'somebody' })
  await fill(sessions)
  await logIn(store)
  const found = await timed(9, async () => store.countSessions({ user_id: 'somebody else' }))
  const index = await client.memoryUsage('session:index:user_id:somebody else')
  if (sessions === MANY) console.log(`memory of an index entry: ${((index ?? 0) / DEVICES).toFixed(0)} bytes\n`)
  const figures: Record<string, number> = {
    'get one': await timed(501, () => store.getSession(id)),
    [`count ${DEVICES} of a person`]: found,
    [`log out ${DEVICES} devices of a person everywhere`]: await timed(
      5,
      () => store.deleteSessions({ user_id: 'somebody else' }),
      () => logIn(store),
    ),
    'delete one': await timed(1, () => store.deleteSession(id)),
    'find them by SCAN instead': await timed(1, () => scan(client)),
  }
  return figures
}

async function logIn(store: RedisSessionStore): Promise<void> {
  await Promise.all(Array.from({ length: DEVICES }, () => store.createSession({ user_id: 'somebody else' })))
}

/** Other people's sessions, as any store would have left them. */
async function fill(sessions: number): Promise<void> {
  const at = '2026-01-01T00:00:00+00:00'
  for (let done = 0; done < sessions; done += 1000) {
    await Promise.all(
      Array.from({ length: 1000 }, (_, i) => {
        const key = `session:${Buffer.from(String(done + i).padStart(32, '0')).toString('base64url')}`
        return client.hSet(key, {
          user_id: String(done + i),
          session_ttl: '86400',
          created_at: at,
          last_accessed_at: at,
        })
      }),
    )
  }
}

async function scan(client: BenchClient): Promise<number> {
  let found = 0
  for await (const keys of client.scanIterator({ MATCH: 'session:*', COUNT: 1000, TYPE: 'hash' })) {
    const users = await Promise.all(keys.map((key) => client.hGet(key, 'user_id')))
    found += users.filter((user) => user === 'somebody else').length
  }
  return found
}

/** The median time in milliseconds. */
async function timed(rounds: number, run: () => Promise<unknown>, prepare = async () => {}): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    if (round > 0) await prepare()
    const started = performance.now()
    await run()
    times.push(performance.now() - started)
  }
  return median(times)
}

function openStore(prefix: string, indexes: Record<string, true>): RedisSessionStore {
  return new RedisSessionStore({ client, prefix, indexes, commandTimeout: 60_000 })
}

function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 0)} ms`
}
