/**
 * `npm run bench:dropin [seconds]`: express-session and @fastify/session with our drop-in under them, against the same with
 * connect-redis. Requests a second, and what is lost and revived when requests cross.
 */
import { startRedis } from '../test/support/redis/server.ts'
import { cookieOf, startContender } from './contender-process.ts'
import { COOKIES, type Contender, MIDDLEWARES, STORES } from './dropin/contenders.ts'
import { OF, type Tally, tally } from './dropin/tally.ts'
import { LOADER, load, warmUp } from './load.ts'
import { median, ratio, table } from './measure.ts'

const seconds = Number(process.argv[2] ?? 1)
/** Short and many: machines change their speed from one second to the next, and neighbours in time are compared. */
const ROUNDS = 7
const CONNECTIONS = 64
const PATHS = { '/read': 'reads', '/visit': 'counts' } as const

const redis = await startRedis()
const contenders: Contender[] = MIDDLEWARES.flatMap((middleware) =>
  COOKIES.flatMap((cookie) => STORES.map((store) => ({ middleware, cookie, store }))),
)
const servers = new Map(await Promise.all(contenders.map(async (each) => [nameOf(each), await start(each)] as const)))

await rates()
await tallies()

for (const server of servers.values()) server.stop()
await redis.stop()

async function rates(): Promise<void> {
  const measured = new Map<string, number[]>()
  // Those that are compared take turns, and no others come between: a server that waits for long is measured cold.
  for (const middleware of MIDDLEWARES) {
    for (const cookie of COOKIES) for (let round = 0; round < ROUNDS; round++) await take(middleware, cookie, measured)
  }
  const rows = MIDDLEWARES.flatMap((middleware) =>
    COOKIES.flatMap((cookie) =>
      Object.entries(PATHS).map(([path, does]) => {
        const [ours, theirs] = STORES.map(
          (store) => measured.get(nameOf({ middleware, cookie, store }) + path) ?? [],
        ) as [number[], number[]]
        const count = (rates: number[]) => Math.round(median(rates)).toLocaleString('en')
        return [middleware, cookie, does, count(ours), count(theirs), ratio(ours, theirs).toFixed(2)]
      }),
    ),
  )
  console.log(`${CONNECTIONS} connections by ${LOADER}, medians of ${ROUNDS} alternating rounds of ${seconds} s\n`)
  console.log(table(['middleware', 'cookie', 'route', ...STORES, 'ours ÷ theirs'], rows))
}

/** A round of both stores on each route. */
async function take(
  middleware: Contender['middleware'],
  cookie: Contender['cookie'],
  measured: Map<string, number[]>,
): Promise<void> {
  for (const path of Object.keys(PATHS)) {
    for (const store of STORES) {
      const name = nameOf({ middleware, cookie, store })
      const server = servers.get(name) as Server
      const options = { url: server.origin + path, cookie: server.cookie, connections: CONNECTIONS }
      await warmUp(options)
      const { rate } = await load({ ...options, seconds })
      measured.set(name + path, [...(measured.get(name + path) ?? []), rate])
    }
  }
}

async function tallies(): Promise<void> {
  const kinds: [string, keyof Tally][] = [
    ['fields lost', 'lostFields'],
    ['increments lost, by the store’s `increment` (`views++` where there is none)', 'lostInTheStore'],
    ['increments lost, by `views++`', 'lostInJavaScript'],
    ['sessions revived after logout', 'revived'],
  ]
  const rows: string[][] = []
  for (const middleware of MIDDLEWARES) {
    const tallies: Tally[] = []
    for (const store of STORES) {
      tallies.push(await tally(servers.get(nameOf({ middleware, store, cookie: 'maxAge' }))?.origin as string))
    }
    for (const [says, kind] of kinds) {
      rows.push([`${middleware}: ${says}`, ...tallies.map((each) => `${each[kind]} of ${OF[kind]}`)])
    }
  }
  console.log(`\n${table(['', ...STORES], rows)}`)
}

type Server = Awaited<ReturnType<typeof start>>

/** Starts a contender and gives its session a first visit. */
async function start(contender: Contender) {
  const program = new URL('./dropin/serve.js', import.meta.url)
  const { origin, stop } = await startContender(program, [JSON.stringify(contender), redis.url])
  return { origin, stop, cookie: await cookieOf(`${origin}/visit`) }
}

function nameOf({ middleware, cookie, store }: Contender): string {
  return [middleware, cookie, store].join(' ')
}
