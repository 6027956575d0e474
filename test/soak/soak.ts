/**
 * `npm run soak -- --minutes 10 [--seed 1] [--visitors 30]`: visitors on three app servers and one Redis, through faults, each
 * checking all that it is shown. Ends with a table, and with exit code 1 if anything in it must not be.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startProxy } from '../support/proxy.ts'
import { audit } from '../support/redis/auditor.ts'
import { startRedis } from '../support/redis/server.ts'
import { startApps, type Vitals } from './apps.ts'
import { afflict } from './faults.ts'
import type { Everywhere } from './model.ts'
import { randomFrom } from './random.ts'
import { Tally, table } from './tally.ts'
import { Visitor } from './visitor.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1e6) },
    visitors: { type: 'string', default: '30' },
  },
})
const seed = Number(values.seed)
const milliseconds = Number(values.minutes) * 60_000
const WARM_UP_MS = Math.min(10_000, milliseconds / 4)
const VISITORS_PER_PERSON = 3
const HEAP_SLACK = 8 * 2 ** 20

console.log(`seed ${seed}`)
const tally = new Tally()
const redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
const proxy = await startProxy(redis.port)
const apps = await startApps(proxy.url)
const people = new Map<string, Everywhere[]>()
const visitors = Array.from({ length: Number(values.visitors) }, (_, i) => {
  const person = `person${Math.floor(i / VISITORS_PER_PERSON)}`
  const everywheres = people.get(person) ?? []
  people.set(person, everywheres)
  return new Visitor({ name: `visitor${i}`, person, everywheres, apps, random: randomFrom(seed + i), tally })
})

const enough = new AbortController()
const visits = Promise.all(
  visitors.map(async (visitor) => {
    while (!enough.signal.aborted) await visitor.act()
  }),
)
await sleep(WARM_UP_MS)
const early = await firstApp()
await afflict({ redis, proxy, apps, random: randomFrom(seed), tally }, AbortSignal.timeout(milliseconds - WARM_UP_MS))
await sleep(1000) // whoever had to reconnect has
enough.abort()
await visits
const late = await firstApp()

const { complaints, sessions } = await audit([redis.url], { prefix: 'session:', indexes: ['user_id'] })
const wrongs = [
  ...tally.wrongs,
  ['complaints of the auditor', complaints.length] as const,
  ['memory or handles that grow', growth(early, late).length] as const,
]
console.log(`
${table([...tally.faults])}

${table([...tally.errors])}

${table([
  ['requests', tally.requests],
  ['errors', [...tally.errors.values()].reduce((sum, count) => sum + count, 0)],
  ['sessions at the end', sessions],
  ['heap, early and late', `${megabytes(early.heap)} MB, ${megabytes(late.heap)} MB`],
  ['sockets, early and late', `${early.sockets}, ${late.sockets}`],
  ['listeners, early and late', `${early.listeners}, ${late.listeners}`],
  ...wrongs,
])}
`)
for (const detail of [...tally.details, ...complaints.slice(0, 10), ...growth(early, late)]) console.error(detail)
await Promise.all(apps.map((app) => app.kill()))
await proxy.stop()
await redis.stop()
process.exit(wrongs.some(([, count]) => count > 0) ? 1 : 0)

function firstApp(): Promise<Vitals> {
  return (apps[0] as (typeof apps)[number]).vitals()
}

/** With slack: a heap is never twice the same, and each visitor may hold a connection open. */
function growth(before: Vitals, after: Vitals): string[] {
  return [
    ...(after.heap > before.heap * 1.25 + HEAP_SLACK ? ['the heap grew'] : []),
    ...(after.sockets > before.sockets + visitors.length ? ['sockets are left'] : []),
    ...(after.listeners > before.listeners ? ['listeners are left'] : []),
  ]
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
