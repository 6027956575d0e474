/** `npm run bench:http [seconds] [framework …]`: requests a second of each framework bare, with sojourn (read
 * before the handler runs, lazy, and with its local cache), and with its usual session stack; and the slowest hundredth. */
import { startRedis } from '../test/support/redis/server.ts'
import { cookieOf, startContender } from './contender-process.ts'
import { CONTENDERS } from './http/contenders.ts'
import { LOADER, load, warmUp } from './load.ts'
import { median, ratio, table } from './measure.ts'

const [seconds = '1', ...chosen] = process.argv.slice(2)
/** Short and many: machines change their speed from one second to the next, and neighbours in time are compared. */
const ROUNDS = 7
const CONNECTIONS = 64
const ALL = ['express', 'fastify', 'koa', 'hono', 'node', 'fetch']
const FRAMEWORKS = chosen.length > 0 ? chosen : ALL

const redis = await startRedis()
const KINDS = ['bare', 'sojourn', 'lazy', 'cached', 'usual']
const names = FRAMEWORKS.flatMap((framework) => KINDS.map((kind) => `${framework} ${kind}`)).filter(
  (name) => name in CONTENDERS,
)
const servers = await Promise.all(names.map(async (name) => [name, await start(name)] as const))
// biome-ignore format: a line for each group
const HEAD = [
  'framework', 'route', 'bare', 'sojourn', 'lazy', 'cached', 'usual stack',
  'sojourn ÷ bare', 'sojourn ÷ usual', 'lazy ÷ usual', 'cached ÷ bare', 'cached ÷ usual', 'p99, cached − bare', 'event loop, cached − bare',
]
const PATHS = ['/read', '/visit'] as const
const rates = new Map<string, number[]>()
const delays = new Map<string, number[]>()
const loops = new Map<string, number[]>()

for (let round = 0; round < ROUNDS; round++) {
  for (const path of PATHS) {
    for (const [name, { origin, cookie }] of servers) {
      if (path === '/read' && name.endsWith(' lazy')) continue // it would have to load, and be like any other
      const options = { url: origin + path, cookie, connections: CONNECTIONS }
      await warmUp(options)
      const before = await busy(origin)
      const { rate, p99 } = await load({ ...options, seconds: Number(seconds) })
      note(loops, name + path, (((await busy(origin)) - before) * 1000) / (rate * Number(seconds)))
      note(rates, name + path, rate)
      note(delays, name + path, p99)
    }
  }
}

const rows = FRAMEWORKS.flatMap((framework) =>
  PATHS.map((path) => {
    const of = (values: Map<string, number[]>, kind: string) => values.get(`${framework} ${kind}${path}`) ?? []
    const has = (kind: string) => of(rates, kind).length > 0
    const rate = (kind: string) => (has(kind) ? Math.round(median(of(rates, kind))).toLocaleString('en') : '')
    const compared = (kind: string, other: string) =>
      has(kind) && has(other) ? ratio(of(rates, kind), of(rates, other)).toFixed(2) : ''
    const added = (values: Map<string, number[]>) => median(of(values, 'cached')) - median(of(values, 'bare'))
    return [
      framework,
      path,
      ...KINDS.map(rate),
      compared('sojourn', 'bare'),
      compared('sojourn', 'usual'),
      compared('lazy', 'usual'),
      compared('cached', 'bare'),
      compared('cached', 'usual'),
      `${added(delays).toFixed(2)} ms`,
      `${added(loops).toFixed(1)} µs`,
    ]
  }),
)
console.log(`${CONNECTIONS} connections by ${LOADER}, medians of ${ROUNDS} alternating rounds of ${seconds} s\n`)
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

/** Milliseconds that the server's event loop has been busy. */
async function busy(origin: string): Promise<number> {
  return Number(await (await fetch(`${origin}/loop`)).text())
}
