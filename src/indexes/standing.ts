import type { Engine } from '../engine.ts'
import {
  DEPARTURES,
  decodeRecord,
  type FlatFields,
  INDEXED,
  PENDING,
  type SessionData,
  type SessionRecord,
  SUCCESSOR,
} from '../record.ts'
import { applicationData } from './declarations.ts'

/** What stands under a session's name. A name that is `gone` never comes back, since names are not used twice. */
export type Standing =
  | { readonly is: 'gone' }
  | { readonly is: 'moved' }
  | { readonly is: 'held'; readonly lists: readonly string[]; readonly predecessor: string | null }
  | {
      readonly is: 'live'
      readonly lists: readonly string[]
      /** How often it has left lists; `null` if never. */
      readonly departures: string | null
      readonly record: SessionRecord
      readonly data: SessionData
      readonly remaining: number
    }

export type LiveStanding = Extract<Standing, { is: 'live' }>

/** Looks at what stands under a name. */
export async function standingOf(engine: Engine, name: string): Promise<Standing> {
  const holding = await engine.inspect(name)
  if (holding === null) return { is: 'gone' }
  const { fields, remaining, now } = holding
  if (valueOf(fields, SUCCESSOR) !== undefined) return { is: 'moved' }
  const lists = readLists(valueOf(fields, INDEXED) ?? '[]')
  const predecessor = valueOf(fields, PENDING)
  if (predecessor !== undefined) return { is: 'held', lists, predecessor: predecessor || null }
  const record = decodeRecord(fields, now, performance.now())
  if (record === null) return { is: 'gone' }
  const departures = valueOf(fields, DEPARTURES) ?? null
  const data = applicationData(record.data)
  // One that some other program left without a TTL gets its own with its next use.
  return { is: 'live', lists, departures, record, data, remaining: remaining === -1 ? record.ttl * 1000 : remaining }
}

/** What is no list of names announces nothing. */
function readLists(json: string): string[] {
  try {
    const lists: unknown = JSON.parse(json)
    return Array.isArray(lists) ? lists.filter((list) => typeof list === 'string') : []
  } catch {
    return []
  }
}

function valueOf(flat: FlatFields, field: string): string | undefined {
  for (let i = 0; i + 1 < flat.length; i += 2) if (flat[i] === field) return flat[i + 1]
  return undefined
}
