/**
 * Walks all that stands under a prefix, on every master, and complains of what must not be there, whatever has happened:
 * a key without a TTL, a hash that is nothing by the data model, a live session that an index misses, a list entry that
 * stays although it leads nowhere and the list was read.
 */
import { createClient } from 'redis'

export interface AuditOptions {
  readonly prefix: string
  /** Fields that are indexes of the same name (`user_id: true`). */
  readonly indexes?: readonly string[]
  /** Reads a list as an application does, upon which what leads nowhere has to go. */
  readonly readList?: (criteria: Record<string, string>) => Promise<unknown>
}

export interface Audit {
  readonly sessions: number
  readonly pointers: number
  readonly reservations: number
  /** In all lists together. */
  readonly entries: number
  readonly complaints: readonly string[]
}

interface Key {
  readonly name: string
  readonly type: string
  readonly ttl: number
  readonly hash: Readonly<Record<string, string>>
  readonly members: readonly string[]
}

type Kind = 'session' | 'pointer' | 'reservation' | 'nothing'

const RESERVATION_MS = 60_000

/** `urls` are those of the masters. */
export async function audit(urls: readonly string[], options: AuditOptions): Promise<Audit> {
  const { prefix, indexes = [], readList } = options
  if (readList !== undefined) {
    for (const list of (await walk(urls, prefix)).filter(isList)) await readList(criteriaOf(list))
  }

  const keys = await walk(urls, prefix)
  const hashes = new Map(keys.filter((key) => !isList(key)).map((key) => [key.name, key]))
  const kinds = [...hashes.values()].map(kindOf)
  const count = (kind: Kind) => kinds.filter((each) => each === kind).length
  const found = keys.filter(isList)
  return {
    sessions: count('session'),
    pointers: count('pointer'),
    reservations: count('reservation'),
    entries: found.reduce((sum, { members }) => sum + members.length, 0),
    complaints: [
      ...keys.flatMap(immortality),
      ...[...hashes.values()].flatMap(malformation),
      ...[...hashes.values()].flatMap((key) => omissions(key, indexes, found)),
      ...(readList === undefined ? [] : found.flatMap((list) => dangling(list, hashes))),
    ],
  }
}

function isList({ name, type }: Key): boolean {
  return type === 'zset' && name.startsWith('index:')
}

function criteriaOf({ name }: Key): Record<string, string> {
  const [, index = '', ...value] = name.split(':')
  return { [index]: value.join(':') }
}

function kindOf({ type, hash }: Key): Kind {
  if (type !== 'hash') return 'nothing'
  const fields = Object.keys(hash)
  const only = (...allowed: string[]) => fields.every((field) => allowed.includes(field))
  if ('sojourn:successor' in hash) return only('sojourn:successor', 'sojourn:handover') ? 'pointer' : 'nothing'
  if ('sojourn:pending' in hash) return only('sojourn:pending', 'sojourn:indexed') ? 'reservation' : 'nothing'
  const whole = 'created_at' in hash && 'last_accessed_at' in hash
  return whole && /^[1-9]\d*$/.test(hash['session_ttl'] ?? '') ? 'session' : 'nothing'
}

function immortality({ name, ttl }: Key): string[] {
  return ttl === -1 ? [`${name} has no TTL`] : []
}

function malformation(key: Key): string[] {
  const { name, type, ttl, hash } = key
  const kind = kindOf(key)
  if (kind === 'nothing') return [`${name} is a ${type} of no kind: ${Object.keys(hash)}`]
  const most = { session: Number(hash['session_ttl']) * 1000, reservation: RESERVATION_MS, pointer: Infinity }[kind]
  return ttl > most ? [`${name}, a ${kind}, lives ${ttl} ms, ${most} at most`] : []
}

/** An index never misses a live session. */
function omissions(key: Key, indexes: readonly string[], lists: readonly Key[]): string[] {
  if (kindOf(key) !== 'session') return []
  return indexes.flatMap((index) => {
    const value = key.hash[index]
    if (!value) return []
    const list = lists.find(({ name }) => name === `index:${index}:${value}`)
    return list?.members.includes(key.name) ? [] : [`${key.name} is missing in ${index} ${value}`]
  })
}

function dangling({ name, members }: Key, hashes: ReadonlyMap<string, Key>): string[] {
  return members
    .filter((member) => {
      const key = hashes.get(member)
      const kind = key === undefined ? 'nothing' : kindOf(key)
      return kind !== 'session' && kind !== 'reservation'
    })
    .map((member) => `${name} has ${member}, which leads nowhere`)
}

async function walk(urls: readonly string[], prefix: string): Promise<Key[]> {
  return (await Promise.all(urls.map((url) => walkOne(url, prefix)))).flat()
}

async function walkOne(url: string, prefix: string): Promise<Key[]> {
  const client = createClient({ url })
  client.on('error', () => {}) // the command that fails says so
  await client.connect()
  try {
    const keys: Key[] = []
    for await (const batch of client.scanIterator({ MATCH: `${prefix}*`, COUNT: 500 })) {
      keys.push(...(await Promise.all(batch.map((key) => look(client, key, prefix)))).filter((key) => key !== null))
    }
    return keys
  } finally {
    client.destroy()
  }
}

/** In one step, or a key that moves between two looks would seem to be nothing. */
const LOOK = `
local kind = redis.call('TYPE', KEYS[1]).ok
local hash = kind == 'hash' and redis.call('HGETALL', KEYS[1]) or {}
local members = kind == 'zset' and redis.call('ZRANGE', KEYS[1], 0, -1) or {}
return { kind, redis.call('PTTL', KEYS[1]), hash, members }`

async function look(client: Pick<ReturnType<typeof createClient>, 'eval'>, key: string, prefix: string) {
  const reply = (await client.eval(LOOK, { keys: [key] })) as [string, number, string[], string[]]
  const [type, ttl, flat, members] = reply
  if (type === 'none') return null
  const hash: Record<string, string> = Object.create(null)
  for (let i = 0; i < flat.length; i += 2) hash[flat[i] as string] = flat[i + 1] as string
  return { name: key.slice(prefix.length), type, ttl, hash, members: members.filter((member) => member !== '@epoch') }
}
