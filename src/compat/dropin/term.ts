/** How long a save lets a session live. */
import { MAX_TTL } from '../../lifetime.ts'
import type { Properties } from './properties.ts'

export interface Term {
  /** Seconds, rounded up; 0 when the session is over already. */
  readonly ttl: number
  /** Whether the session ends with its cookie, so that only a save or a touch moves its end, and a read does not. */
  readonly fixed: boolean
}

/**
 * The term of a session whose cookie lasts so many milliseconds more. What is no finite number says nothing: the session ends
 * when nobody has come for `ttl` seconds.
 */
export function termOf(milliseconds: unknown, ttl: number): Term {
  if (!isFinite(milliseconds)) return { ttl, fixed: false }
  return { ttl: Math.min(Math.max(0, Math.ceil(milliseconds / 1000)), MAX_TTL), fixed: true }
}

/**
 * The term of a session with this cookie (`expires`, or else `maxAge` in milliseconds). Relative to this server's clock,
 * as the cookie is: what Redis gets is a duration, so that the clocks of servers may differ.
 */
export function cookieTerm(cookie: unknown, ttl: number): Term {
  const { expires, maxAge, originalMaxAge } = (cookie ?? {}) as Record<string, unknown>
  const left = millisecondsUntil(expires) ?? maxAge
  // Beside a maximum age, an expiry that has passed is one that nobody has moved: connect-redis's touch does not, and the
  // clock of the server that did may be behind ours. Whoever wants to end a session makes its maximum age negative.
  const isStale = isFinite(left) && left <= 0 && isFinite(originalMaxAge) && originalMaxAge > 0
  return termOf(isStale ? originalMaxAge : left, ttl)
}

/** How many milliseconds later a cookie's JSON expires than another; `null` when that is not all in which they differ. */
export function expiryMoved(before: string, after: string): number | null {
  const [was, now] = [cut(before, 'expires'), cut(after, 'expires')]
  if (was === null || now === null || !isSameCookie(withoutOriginal(was.rest), withoutOriginal(now.rest))) return null
  const moved = Date.parse(now.text) - Date.parse(was.text)
  return Number.isNaN(moved) ? null : moved
}

/** What @fastify/session notes of the expiry that it has loaded is used only without a maximum age. */
function withoutOriginal(cookie: string): string {
  return cut(cookie, 'originalExpires')?.rest ?? cookie
}

const MAX_AGE = /"originalMaxAge":(\d+)/

/**
 * express-session reads a maximum age that it renews back from the clock, and may find a millisecond less. Nobody asks for
 * another that differs by so little.
 */
function isSameCookie(before: string, after: string): boolean {
  if (before === after) return true
  const [was, now] = [MAX_AGE.exec(before), MAX_AGE.exec(after)]
  const isNear = was !== null && now !== null && Math.abs(Number(was[1]) - Number(now[1])) < 1000
  return isNear && before.replace(MAX_AGE, '') === after.replace(MAX_AGE, '')
}

/** Takes a property that is text out of an object's JSON. Within a string the name's quotes would be escaped. */
function cut(json: string, property: string): { readonly text: string; readonly rest: string } | null {
  const start = json.indexOf(`"${property}":"`)
  if (start === -1) return null
  const from = start + property.length + 4
  const end = json.indexOf('"', from)
  if (end === -1) return null
  const rest = json.slice(0, start) + json.slice(json[end + 1] === ',' ? end + 2 : end + 1)
  return { text: json.slice(from, end), rest }
}

function millisecondsUntil(expires: unknown): number | null {
  const isDate = expires instanceof Date || typeof expires === 'string' || typeof expires === 'number'
  const left = isDate ? new Date(expires).getTime() - Date.now() : Number.NaN
  return Number.isNaN(left) ? null : left
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value)
}

/** What tells a middleware's sessions, and how long they live by what it keeps in them. */
export interface Terms {
  /** Whether the middleware can have made it and takes it back. */
  isSession(session: Record<string, unknown>): boolean
  termOf(session: Record<string, unknown>, ttl: number): Term
  readonly expiry: Expiry
}

/** Where a middleware keeps when a session ends, which it moves at each save. */
export interface Expiry {
  readonly property: string
  /** How many milliseconds later this property's JSON ends than another; `null` when that is not all in which they differ. */
  movedBy(before: string, after: string): number | null
  /** Whether nothing else has changed of how long the session lives: nobody has asked for another time. */
  hasOnlyMoved(before: Properties, after: Properties): boolean
}

/** The expiry in a cookie. Without a maximum age no middleware moves it, so the application has. */
export const COOKIE_EXPIRY: Expiry = {
  property: 'cookie',
  movedBy: expiryMoved,
  hasOnlyMoved(before, after) {
    const [was, now] = [before.get('cookie'), after.get('cookie')]
    if (was === undefined || now === undefined) return was === now
    return was === now || (MAX_AGE.test(now) && expiryMoved(was, now) !== null)
  },
}
