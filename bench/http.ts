/** `npm run bench:http [seconds] [framework …]`: requests a second of each framework bare, with sojourn, and with its usual session stack. */
import { startRedis } from '../test/support/redis/server.ts'
import { cookieOf, startContender } from './contender-process.ts'
import { CONTENDERS } from './http/contenders.ts'
import { LOADER, load } from './load.ts'
import { median, table } from './measure.ts'

const [seconds = '2', ...chosen] = process.argv.slice(2)
const ROUNDS = 5
const CONNECTIONS = 32
const ALL = ['express', 'fastify', 'koa', 'hono', 'node', 'fetch']
const FRAMEWORKS = chosen.length > 0 ? chosen : ALL

const redis = await startRedis()
const servers = await Promise.all(
  Object.keys(CONTENDERS)
    .filter((name) => FRAMEWORKS.includes(name.split(' ')[0] as string))
    .map(async (name) => [name, await start(name)] as const),
)
const results = new Map(servers.map(([name]) => [name, { '/read': [] as number[], '/visit': [] as number[] }]))

for (let round = -1; round < ROUNDS; round++) {
  for (const [name, { origin, cookie }] of servers) {
    for (const path of ['/read', '/visit'] as const) {
      const url = origin + path
      const { rate } = await load({ url, cookie, connections: CONNECTIONS, seconds: round < 0 ? 1 : Number(seconds) })
      if (round >= 0) results.get(name)?.[path].push(rate)
    }
  }
}

const rows = FRAMEWORKS.flatMap((framework) =>
  (['/read', '/visit'] as const).map((path) => {
    const rate = (kind: string) => median(results.get(`${framework} ${kind}`)?.[path] ?? [])
    const [bare, ours, usual] = [rate('bare'), rate('sojourn'), rate('usual')]
    const ratio = (other: number) => (Number.isNaN(other) ? '' : (ours / other).toFixed(2))
    const count = (value: number) => (Number.isNaN(value) ? '' : Math.round(value).toLocaleString('en'))
    return [framework, path, count(bare), count(ours), count(usual), ratio(bare), ratio(usual)]
  }),
)
console.log(`${CONNECTIONS} connections by ${LOADER}, medians of ${ROUNDS} alternating rounds of ${seconds} s\n`)
console.log(table(['framework', 'route', 'bare', 'sojourn', 'usual stack', 'sojourn ÷ bare', 'sojourn ÷ usual'], rows))

for (const [, { stop }] of servers) stop()
await redis.stop()

/** Starts a contender and gives its session, where it has any, a first visit. */
async function start(name: string) {
  const { origin, stop } = await startContender(new URL('./http/serve.js', import.meta.url), [name, redis.url])
  return { origin, stop, cookie: await cookieOf(`${origin}/visit`) }
}
