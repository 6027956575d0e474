/** What has to hold when all rounds of a batch are over, whoever has died in them. */
import { setTimeout as delay } from 'node:timers/promises'
import { sessionHandle } from '../../../src/index.ts'
import { scanNode } from '../../../src/redis/scan.ts'
import { expectEnded, openStore, type Round, type Servers } from './round.ts'

/** What the key of a session holds. */
interface Key {
  readonly name: string
  readonly fields: Readonly<Record<string, string>>
  readonly isHeld: boolean
}

/** Longer than what an `expire` left: after that, nothing changes any more. */
const REST_MS = 20

export async function inspectAftermath(servers: Servers, rounds: readonly Round[]): Promise<void> {
  await delay(REST_MS)
  const store = openStore(servers, servers.clients[0] as object)
  for (const round of rounds) {
    // Who comes with an old ID completes the rotation that another has left.
    await Promise.all(round.lineages.map((lineage) => expectEnded(round, lineage, store, 'when all was over')))
  }
  const keys = await sessionKeys(servers, rounds)
  await Promise.all(rounds.map((round) => inspectRound(servers, round, keys)))
}

async function inspectRound(servers: Servers, round: Round, keys: readonly Key[]): Promise<void> {
  const { complaints, lineages, user, other } = round
  const live = keys.filter(({ fields, isHeld }) => !isHeld && isOf(fields, round))
  for (const [i, lineage] of lineages.entries()) {
    const copies = live.filter(({ fields }) => fields.lineage === String(i))
    if (copies.length > 1) complaints.push(`session ${i} lives ${copies.length} times`)
    const isAlive = copies.some(({ fields }) => fields.user === user)
    if (isAlive && lineage.isDoomed && !lineage.mayReturn) complaints.push(`session ${i} has escaped`)
  }
  const store = openStore(servers, servers.clients[0] as object)
  for (const value of [user, other]) {
    const found: string[] = []
    for await (const { handle } of store.findSessions({ user: value })) found.push(handle)
    const expected = live.filter(({ fields }) => fields.user === value).map(({ name }) => sessionHandle(name))
    if (String(found.sort()) !== String(expected.sort())) {
      complaints.push(`the index of ${value} has ${found.length} sessions, and ${expected.length} are live`)
    }
    await inspectList(servers, round, `user:${value}`, keys)
  }
}

/** After a look, a list has nothing but sessions that are announced in it, and names that are held for one. */
async function inspectList({ raw, prefix }: Servers, round: Round, list: string, keys: readonly Key[]): Promise<void> {
  const key = `${prefix}index:${list}`
  const names = (await raw.command(key, ['ZRANGE', key, '0', '-1'])) as string[]
  for (const name of names) {
    if (name === '@epoch') continue
    const announced = keys.find((each) => each.name === name)?.fields['sojourn:indexed'] ?? '[]'
    if (!(JSON.parse(announced) as string[]).includes(list)) round.complaints.push(`${list} keeps a stale entry`)
  }
  if (names.length > 0 && Number(await raw.command(key, ['PTTL', key])) < 0) {
    round.complaints.push(`${list} has no TTL`)
  }
}

async function sessionKeys(servers: Servers, rounds: readonly Round[]): Promise<Key[]> {
  const { raw, prefix } = servers
  const names = new Set<string>()
  for (const master of await raw.masters()) {
    for await (const keys of scanNode(master, 'hash', `${prefix}*`)) {
      for (const key of keys) names.add(key.slice(prefix.length))
    }
  }
  const found = await Promise.all([...names].map((name) => keyOf(servers, name, rounds)))
  return found.filter((key) => key.fields['sojourn:successor'] === undefined)
}

async function keyOf({ raw, prefix }: Servers, name: string, rounds: readonly Round[]): Promise<Key> {
  const key = prefix + name
  const [flat, ttl] = (await Promise.all([raw.command(key, ['HGETALL', key]), raw.command(key, ['PTTL', key])])) as [
    string[],
    number,
  ]
  const fields = Object.fromEntries(flat.flatMap((field, i) => (i % 2 === 0 ? [[field, flat[i + 1] as string]] : [])))
  if (ttl === -1) rounds.find((round) => isOf(fields, round))?.complaints.push('a session has no TTL')
  return { name, fields, isHeld: fields['sojourn:pending'] !== undefined }
}

function isOf({ round }: Key['fields'], { seed }: Round): boolean {
  return round === String(seed)
}
