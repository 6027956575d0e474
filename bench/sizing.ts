/** `npm run bench:sizing`: what a session costs Redis, in memory and in time, on a private server. */
import { RedisSessionStore, type RedisSessionStoreOptions, type SessionData } from 'sojourn'
import { startRedis } from '../test/support/redis/server.ts'
import { type BenchClient, connect } from './client.ts'
import { table } from './measure.ts'
import { costOf } from './store/server-cost.ts'

type Shape = readonly [name: string, data: (i: number) => SessionData, options: Partial<RedisSessionStoreOptions>]

const SESSIONS = 100_000
const AT_ONCE = 200
/** Values up to so many bytes keep a hash in its compact form; 64 is Redis's default. */
const LISTPACK = 'hash-max-listpack-value'

const redis = await startRedis()
const client = await connect(redis.url)

const small: SessionData = { user_id: '1234567', username: 'andrew' }
const usual: SessionData = {
  ...small,
  page_views: '42',
  theme: 'dark',
  locale: 'en-GB',
  cart: 'x'.repeat(200),
}
const shapes: readonly Shape[] = [
  ['two small fields', () => small, {}],
  ['two small fields, `hashIds`', () => small, { hashIds: true }],
  ['two small fields, an absolute TTL', () => small, { absoluteTtl: 86_400 }],
  [
    'two small fields, an index, a user each',
    (i) => ({ ...small, user_id: String(i) }),
    { indexes: { user_id: true } },
  ],
  ['six fields, 250 bytes', () => usual, {}],
  ['six fields, 2,000 bytes', () => ({ ...usual, cart: 'x'.repeat(1950) }), {}],
]
const memory: string[][] = []
for (const shape of shapes) memory.push(await measured(...shape))
await client.configSet(LISTPACK, '512')
memory.push(await measured('six fields, 250 bytes, with `hash-max-listpack-value 512`', () => usual, {}))
await client.configSet(LISTPACK, '64')
console.log(table(['memory of one session', 'bytes', 'a million'], memory))
console.log()

await client.flushDb()
const plain = new RedisSessionStore({ client, commandTimeout: 30_000 })
const sparing = new RedisSessionStore({ client, commandTimeout: 30_000, touchInterval: 60 })
const ids = await Promise.all(Array.from({ length: 1000 }, () => plain.createSession(usual)))
const idAt = (turn: number) => ids[turn % ids.length] as string
const operations: readonly [name: string, run: (turn: number) => Promise<unknown>][] = [
  ['read, touched each time', (turn) => plain.getSession(idAt(turn))],
  ['read, with a `touchInterval`', (turn) => sparing.getSession(idAt(turn))],
  ['update of a field', (turn) => plain.updateSession(idAt(turn), { theme: 'light' })],
  ['increment', (turn) => plain.incrementField(idAt(turn), 'page_views')],
  ['create', () => plain.createSession(usual)],
  ['create and rotate', async () => plain.rotateSession(await plain.createSession(usual))],
]
const time: string[][] = []
for (const [name, run] of operations) {
  const { cpu } = await costOf(client, run)
  time.push([name, `${cpu.toFixed(1)} µs`, Math.round(1e6 / cpu).toLocaleString('en')])
}
console.log(table(['operation', 'Redis CPU', 'a second and core'], time))

await client.close()
await redis.stop()

async function measured(...[name, data, options]: Shape): Promise<string[]> {
  await client.flushDb()
  const before = await usedMemory(client)
  const store = new RedisSessionStore({ client, commandTimeout: 30_000, ...options })
  for (let i = 0; i < SESSIONS; i += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, k) => store.createSession(data(i + k))))
  }
  const bytes = ((await usedMemory(client)) - before) / SESSIONS
  return [name, bytes.toFixed(0), `${((bytes * 1e6) / 2 ** 30).toFixed(2)} GiB`]
}

async function usedMemory(client: BenchClient): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1])
}
