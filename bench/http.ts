/** `npm run bench:http [seconds] [framework …]`: requests a second of each framework bare, with sojourn with and
 * without its local cache, and with its usual session stack; and the slowest hundredth of the requests. */
import { startRedis } from '../test/support/redis/server.ts'
import { cookieOf, startContender } from './contender-process.ts'
import { CONTENDERS } from './http/contenders.ts'
import { LOADER, load } from './load.ts'
import { median, table } from './measure.ts'
import { moveAway, PLACES } from './processors.ts'

const [seconds = '2', ...chosen] = process.argv.slice(2)
const ROUNDS = 5
const CONNECTIONS = 32
const ALL = ['express', 'fastify', 'koa', 'hono', 'node', 'fetch']
const FRAMEWORKS = chosen.length > 0 ? chosen : ALL

moveAway(process.pid)
const redis = await startRedis()
const servers = await Promise.all(
  Object.keys(CONTENDERS)
    .filter((name) => FRAMEWORKS.includes(name.split(' ')[0] as string))
    .map(async (name) => [name, await start(name)] as const),
)
// biome-ignore format: a line for each group
const HEAD = [
  'framework', 'route', 'bare', 'sojourn', 'cached', 'usual stack',
  'sojourn ÷ bare', 'sojourn ÷ usual', 'cached ÷ bare', 'cached ÷ usual', 'p99, cached − bare', 'event loop, cached − bare',
]
const PATHS = ['/read', '/visit'] as const
const rates = new Map<string, number[]>()
const delays = new Map<string, number[]>()
const loops = new Map<string, number[]>()

for (let round = -1; round < ROUNDS; round++) {
  for (const [name, { origin, cookie }] of servers) {
    for (const path of PATHS) {
      const url = origin + path
      const duration = round < 0 ? 1 : Number(seconds)
      const before = await busy(origin)
      const { rate, p99 } = await load({ url, cookie, connections: CONNECTIONS, seconds: duration })
      if (round < 0) continue // the first round warms up
      note(loops, name + path, (((await busy(origin)) - before) * 1000) / (rate * duration))
      note(rates, name + path, rate)
      note(delays, name + path, p99)
    }
  }
}

const rows = FRAMEWORKS.flatMap((framework) =>
  PATHS.map((path) => {
    const of = (values: Map<string, number[]>, kind: string) => median(values.get(`${framework} ${kind}${path}`) ?? [])
    const [bare, ours, cached, usual] = ['bare', 'sojourn', 'cached', 'usual'].map((kind) => of(rates, kind))
    return [
      framework,
      path,
      ...[bare, ours, cached, usual].map((rate = Number.NaN) => orEmpty(rate, Math.round(rate).toLocaleString('en'))),
      ...[bare, usual].map((other = Number.NaN) => orEmpty(other, ((ours as number) / other).toFixed(2))),
      ...[bare, usual].map((other = Number.NaN) => orEmpty(other, ((cached as number) / other).toFixed(2))),
      `${(of(delays, 'cached') - of(delays, 'bare')).toFixed(2)} ms`,
      `${(of(loops, 'cached') - of(loops, 'bare')).toFixed(1)} µs`,
    ]
  }),
)
console.log(
  `${CONNECTIONS} connections by ${LOADER}, ${PLACES}, medians of ${ROUNDS} alternating rounds of ${seconds} s\n`,
)
console.log(table(HEAD, rows))

for (const [, { stop }] of servers) stop()
await redis.stop()

/** Starts a contender and gives its session, where it has any, a first visit. */
async function start(name: string) {
  const { origin, stop } = await startContender(new URL('./http/serve.js', import.meta.url), [name, redis.url])
  return { origin, stop, cookie: await cookieOf(`${origin}/visit`) }
}

function note(values: Map<string, number[]>, name: string, value: number): void {
  values.set(name, [...(values.get(name) ?? []), value])
}

function orEmpty(value: number, text: string): string {
  return Number.isNaN(value) ? '' : text
}

/** Milliseconds that the server's event loop has been busy. */
async function busy(origin: string): Promise<number> {
  return Number(await (await fetch(`${origin}/loop`)).text())
}
