/** The soak on one topology: its servers, its apps, its visitors, and what is found in the end. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type App, startApps, type Vitals } from './apps.ts'
import { auditAtRest, auditUnderLoad } from './audits.ts'
import { afflict, appKilled } from './faults.ts'
import { growth } from './growth.ts'
import { Losses } from './losses.ts'
import type { Everywhere } from './model.ts'
import { randomFrom } from './random.ts'
import type { Findings } from './report.ts'
import { Tally } from './tally.ts'
import type { StartTopology } from './topologies/topology.ts'
import { Visitor } from './visitor.ts'

export interface SoakOptions {
  readonly start: StartTopology
  /** As long as that, or until each fault has struck once. */
  readonly milliseconds: number
  readonly seed: number
  readonly visitors: number
}

const VISITORS_PER_PERSON = 3

export async function soak({ start, milliseconds, seed, visitors: count }: SoakOptions): Promise<Findings> {
  const random = randomFrom(seed)
  const [losses, tally] = [new Losses(), new Tally()]
  const topology = await start({ losses, random })
  const apps = await startApps(topology.address)
  const [lasting, mortal] = [apps.slice(0, 2), apps.slice(2)]
  const visitors = visitorsOf(count, seed, { apps, losses, tally })

  const enough = new AbortController()
  const visits = visitors.map(async (visitor) => {
    while (!enough.signal.aborted) await visitor.act()
  })
  const warmUp = Math.max(1000, Math.min(10_000, milliseconds / 4))
  await sleep(warmUp)
  const early = await vitalsOf(lasting)
  const complaints: string[] = []
  const faults = [...topology.faults, appKilled(mortal, random)]
  const afterwards = async () => void complaints.push(...(await auditUnderLoad(topology)))
  const time = AbortSignal.timeout(Math.max(0, milliseconds - warmUp))
  await afflict({ faults, random, tally, afterwards }, time)

  await sleep(1000) // whoever had to reconnect has
  enough.abort()
  await Promise.all(visits)
  const served = await Promise.all(visitors.map((visitor) => visitor.lastLook()))
  tally.unserved = served.filter((answered) => !answered).length
  const late = await vitalsOf(lasting)
  const found = await auditAtRest(topology, losses)
  await Promise.all(apps.map((app) => app.kill()))
  await topology.stop()

  const vitals = lasting.map(({ client }, i) => ({ client, early: early[i] as Vitals, late: late[i] as Vitals }))
  const grown = vitals.flatMap((each) => growth(each, count))
  return { tally, vitals, grown, sessions: found.sessions, complaints: [...complaints, ...found.complaints] }
}

function visitorsOf(
  count: number,
  seed: number,
  site: { readonly apps: readonly App[]; readonly losses: Losses; readonly tally: Tally },
): Visitor[] {
  const people = new Map<string, Everywhere[]>()
  return Array.from({ length: count }, (_, i) => {
    const person = `person${Math.floor(i / VISITORS_PER_PERSON)}`
    const everywheres = people.get(person) ?? []
    people.set(person, everywheres)
    return new Visitor({ ...site, name: `visitor${i}`, person, everywheres, random: randomFrom(seed + i) })
  })
}

function vitalsOf(apps: readonly App[]): Promise<Vitals[]> {
  return Promise.all(apps.map((app) => app.vitals()))
}
