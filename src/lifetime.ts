/**
 * How long a session lives. Pure decisions: the time is always an argument, in milliseconds since 1970,
 * and comes from the engine (Redis's clock, or the memory engine's).
 */
import { InvalidArgumentError } from './errors.ts'
import { show } from './show.ts'

/** The idle TTL of Redis's session guides: 30 minutes. */
export const DEFAULT_TTL = 1800

/**
 * The longest lifetime in seconds, some 250,000 years: every moment up to it is a valid `Date` and an exact
 * double, which is what JavaScript and Redis's Lua count in.
 */
export const MAX_TTL = 8_000_000_000_000

/** The idle TTL and, where there is one, the moment that no refresh extends. */
export interface Lifetime {
  readonly ttl: number
  readonly deadline: number | null
}

/** When a key refreshed at `now` expires. */
export function expiryAt(now: number, { ttl, deadline }: Lifetime): number {
  const idle = now + ttl * 1000
  return deadline === null ? idle : Math.min(idle, deadline)
}

/** What the estimate of Redis's clock may be behind it. */
const AHEAD_MS = 1000

/**
 * Whether a read at `now` has to refresh a session last touched at `touchedAt`. An unreadable time (`NaN`) is due, and one to
 * come, by another clock; so is each read of a session that would not outlive the interval, and each without one.
 */
export function touchDue(now: number, touchedAt: number, ttl: number, touchInterval: number): boolean {
  const since = now - touchedAt
  return touchInterval === 0 || touchInterval >= ttl || !(since >= -AHEAD_MS && since < touchInterval * 1000)
}

/** Reads a stored `session_ttl`: a whole number of at least 1 in plain digits, or `null`. */
export function readTtl(stored: string | undefined): number | null {
  if (stored === undefined || !/^[1-9]\d{0,12}$/.test(stored)) return null
  const ttl = Number(stored)
  return ttl <= MAX_TTL ? ttl : null
}

/** Checks a TTL that a caller passed. */
export function checkTtl(name: string, value: unknown): number {
  return checkSeconds(name, value, 1)
}

/** Checks a duration in seconds that may be zero. */
export function checkDuration(name: string, value: unknown): number {
  return checkSeconds(name, value, 0)
}

function checkSeconds(name: string, value: unknown, least: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > MAX_TTL) {
    throw new InvalidArgumentError(
      `${name} must be a whole number of seconds from ${least} to ${MAX_TTL}, got ${show(value)}`,
    )
  }
  return value
}

/** Seconds left of `milliseconds`, rounded up: a live session never shows 0. */
export function secondsLeft(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000)
}

/** A moment as the guides write it: UTC, whole seconds, offset `+00:00`. */
export function formatTimestamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}+00:00`
}
