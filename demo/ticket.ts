/**
 * The ticket of a request, for what the request layer has no word for: to look at a session without refreshing it, and to
 * begin another from nothing. Most applications need neither.
 */
import type { IncomingMessage } from 'node:http'
import { isSessionId } from 'sojourn'

export const COOKIE = 'sid'

/** Enough to tell two apart, and of no use to anyone: 222 of 256 bits are missing. */
const SHOWN = 6

/** The ID in the cookie, or `null`. */
export function ticketOf(request: IncomingMessage): string | null {
  const [value, ...others] = Array.from(
    (request.headers.cookie ?? '').matchAll(/(?:^|;\s*)sid=([^;\s]*)/g),
    ([, found]) => found,
  )
  return others.length === 0 && isSessionId(value) ? value : null
}

/** Whether the cookie is there, whatever it holds. */
export function hasTicket(request: IncomingMessage): boolean {
  return /(?:^|;\s*)sid=/.test(request.headers.cookie ?? '')
}

/** The first characters of an ID or of a handle. */
export function shorten(id: string): string {
  return `${id.slice(0, SHOWN)}…`
}
