/**
 * A session as it stands in its hash: the application's fields, the three reserved fields of Redis's
 * session guides, and sojourn's own bookkeeping, which all bears one mark. All values are strings.
 */
import { readTtl } from './lifetime.ts'

export const CREATED_AT = 'created_at'
export const LAST_ACCESSED_AT = 'last_accessed_at'
export const SESSION_TTL = 'session_ttl'

/** What every field of sojourn's own begins with, and no field of an application can. */
export const MARK = 'sojourn:'
/** The absolute deadline, in milliseconds since 1970. */
export const DEADLINE = 'sojourn:deadline'
/** When the visitor last proved who they are, as a timestamp. */
export const AUTHENTICATED_AT = 'sojourn:authenticated_at'
/** On the key of a rotated session: the successor's ID, sealed for the holder of the old one. */
export const SUCCESSOR = 'sojourn:successor'
/** On the key of a rotated session, until the successor is complete: the fields it is to get. */
export const HANDOVER = 'sojourn:handover'
/** On a key that is held for a session about to live, which is not one yet: the name of the session that it succeeds, or empty. */
export const PENDING = 'sojourn:pending'
/** The index entries that the session has or is about to get, as a JSON list. */
export const INDEXED = 'sojourn:indexed'
/** Until when its index entries last, in milliseconds since 1970: the session lives no longer without renewing them. */
export const INDEXED_UNTIL = 'sojourn:indexed_until'
/** How many times index entries that it had announced were taken back: what is announced again is not yet entered again. */
export const DEPARTURES = 'sojourn:departures'

/** On a drop-in's session that ends with its cookie: no read there and no other field moves its end. */
export const FIXED = 'sojourn:fixed'

/** The flat reply of HGETALL: field, value, field, value … */
export type FlatFields = string[]

/** A session's fields on a null prototype, so that every name is safe, `__proto__` included. */
export type SessionData = Record<string, string>

/** A decoded session. */
export interface SessionRecord {
  /** The application's fields and the three reserved ones. */
  readonly data: Readonly<SessionData>
  /** The idle TTL in seconds. */
  readonly ttl: number
  /** The absolute deadline in milliseconds since 1970; `null` when there is none. */
  readonly deadline: number | null
  /** When the visitor last authenticated, as a timestamp; `null` when not recorded. */
  readonly authenticatedAt: string | null
  /** Until when its index entries last, in milliseconds since 1970; `null` without any. */
  readonly indexedUntil: number | null
  /** The time on the engine's clock at which this was read, in milliseconds since 1970. */
  readonly readAt: number
  /** The same moment on the process's monotonic clock, in milliseconds. */
  readonly receivedAt: number
}

/** A flat list as a record. */
export function dataOf(flat: FlatFields): SessionData {
  const data: SessionData = Object.create(null)
  for (let i = 0; i + 1 < flat.length; i += 2) data[flat[i] as string] = flat[i + 1] as string
  return data
}

/** A record of one's own. The engine clones a literal's shape much faster than it fills an object without a prototype. */
export function copyOf(data: Readonly<SessionData>): SessionData {
  return Object.setPrototypeOf({ ...data }, null)
}

/** Whether only sojourn may write the field. */
export function isReserved(field: string): boolean {
  return field === SESSION_TTL || field === CREATED_AT || field === LAST_ACCESSED_AT || field.startsWith(MARK)
}

/**
 * Decodes the fields of a key, or `null` when they do not make a session. `now` is the engine's time where that is known;
 * else the read has just touched the session, and said so in `last_accessed_at`. `receivedAt` is the moment on the process's
 * monotonic clock.
 */
export function decodeRecord(flat: FlatFields, now: number | null, receivedAt: number): SessionRecord | null {
  const data: SessionData = Object.create(null)
  let deadline: number | null = null
  let authenticatedAt: string | null = null
  let indexedUntil: number | null = null
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const field = flat[i] as string
    const value = flat[i + 1] as string
    if (!field.startsWith(MARK)) data[field] = value
    else if (field === DEADLINE) deadline = Number(value)
    else if (field === AUTHENTICATED_AT) authenticatedAt = value
    else if (field === INDEXED_UNTIL) indexedUntil = Number(value)
  }
  const ttl = readTtl(data[SESSION_TTL])
  if (ttl === null || data[CREATED_AT] === undefined || data[LAST_ACCESSED_AT] === undefined) return null
  const readAt = now ?? milliseconds(data[LAST_ACCESSED_AT])
  return { data, ttl, deadline, authenticatedAt, indexedUntil, readAt, receivedAt }
}

let lastStored = ''
let lastMilliseconds = 0

/** What is read now was touched now: one timestamp stands for all sessions of that second, and is parsed once. */
function milliseconds(stored: string): number {
  if (stored !== lastStored) {
    lastMilliseconds = readTimestamp(stored).getTime()
    lastStored = stored
  }
  return lastMilliseconds
}

/** Reads a timestamp, with `+00:00` or `Z`. One that cannot be read is 1970: the oldest, and never a crash. */
export function readTimestamp(stored: string): Date {
  const time = Date.parse(stored)
  return new Date(Number.isNaN(time) ? 0 : time)
}
