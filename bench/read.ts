/** `npm run bench:read`: what reading a session costs where it is known already, and where it was touched a moment ago. */
import { RedisStore } from 'connect-redis'
import { RedisSessionStore } from 'sojourn'
import { startRedis } from '../test/support/redis/server.ts'
import { connect } from './client.ts'
import { table } from './measure.ts'
import { hotReads } from './read/hot.ts'
import { revocationDelays } from './read/revocation.ts'
import { DATA } from './store/contenders.ts'
import { costOf } from './store/server-cost.ts'

const redis = await startRedis()
const hot = await hotReads(redis.url)
const delays = await revocationDelays(redis.url)
const cpu = await serverCosts()
const percentile = (share: number) => (delays[Math.floor(delays.length * share)] as number).toFixed(2)

console.log(
  table(
    ['measure', 'sojourn', 'compared with', 'ratio'],
    [
      [
        'hot reads a second, one thread',
        Math.round(hot.sojourn).toLocaleString('en'),
        `${Math.round(hot.nodeRedis).toLocaleString('en')}, node-redis's client-side cache`,
        (hot.sojourn / hot.nodeRedis).toFixed(1),
      ],
      [
        'bytes allocated for a hot read',
        hot.bytes.sojourn.toFixed(0),
        `${hot.bytes.nodeRedis.toFixed(0)}, node-redis's client-side cache`,
        (hot.bytes.sojourn / hot.bytes.nodeRedis).toFixed(2),
      ],
      [
        "Redis's time for a read with `touchInterval: 60`",
        `${cpu.sojourn.toFixed(1)} µs`,
        `${cpu.connectRedis.toFixed(1)} µs, connect-redis's GET and EXPIRE`,
        (cpu.sojourn / cpu.connectRedis).toFixed(2),
      ],
      ['until a change by another process is seen', `p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms`, '', ''],
    ],
  ),
)
await redis.stop()

/** Microseconds of Redis's time for one read, as a request causes it: the medians of alternating rounds. */
async function serverCosts() {
  const client = await connect(redis.url)
  const store = new RedisSessionStore({ client, touchInterval: 60, commandTimeout: 10_000 })
  const peer = new RedisStore({ client })
  const id = await store.createSession(DATA)
  const cookie = { originalMaxAge: 1_800_000, expires: new Date(Date.now() + 1_800_000), httpOnly: true, path: '/' }
  await peer.set('one', { ...DATA, cookie } as never)
  await store.getSession(id) // learns Redis's clock
  const costs = { sojourn: [] as number[], connectRedis: [] as number[] }
  for (let round = 0; round < 5; round++) {
    costs.sojourn.push((await costOf(client, () => store.getSession(id))).cpu)
    const read = async () => peer.touch('one', (await peer.get('one')) as never)
    costs.connectRedis.push((await costOf(client, read)).cpu)
  }
  await client.close()
  const middle = (values: number[]) => values.sort((a, b) => a - b)[2] as number
  return { sojourn: middle(costs.sojourn), connectRedis: middle(costs.connectRedis) }
}
