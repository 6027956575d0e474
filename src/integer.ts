/** Counters: signed 64-bit integers, as HINCRBY counts (https://redis.io/docs/latest/commands/hincrby/). */
import { InvalidArgumentError } from './errors.ts'
import { show } from './show.ts'

export const MIN_INT64: bigint = -(2n ** 63n)
export const MAX_INT64: bigint = 2n ** 63n - 1n

/** Checks an amount and returns it in decimal. */
export function checkIncrement(amount: unknown): string {
  if (typeof amount === 'bigint' ? amount >= MIN_INT64 && amount <= MAX_INT64 : Number.isSafeInteger(amount)) {
    return BigInt(amount as number | bigint).toString()
  }
  throw new InvalidArgumentError(
    `the amount must be a whole number up to 2^53 - 1 or a 64-bit bigint, got ${show(amount)}`,
  )
}

/** A decimal as the type that holds it exactly: a `number` while it is safe, unless a `bigint` is wanted. */
export function exactInteger(decimal: string, wanted: 'bigint' | string): number | bigint {
  const value = Number(decimal)
  return wanted === 'bigint' || !Number.isSafeInteger(value) ? BigInt(decimal) : value
}

/** Reads a stored integer as strictly as Redis does: digits, no sign but a minus, no leading zero. */
export function readInt64(stored: string): bigint | null {
  if (!/^(0|-?[1-9]\d{0,18})$/.test(stored)) return null
  const value = BigInt(stored)
  return value >= MIN_INT64 && value <= MAX_INT64 ? value : null
}
