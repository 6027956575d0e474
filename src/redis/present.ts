import { formatTimestamp } from '../lifetime.ts'

let second = Number.NaN
let guess: readonly [second: string, timestamp: string] = ['', '']

/**
 * What this process takes for the present: the second and its timestamp. Redis's clock decides; but where it is in the
 * same second, a script need not compute the timestamp, which costs Lua more than all else it does.
 */
export function present(): readonly [second: string, timestamp: string] {
  const now = Math.floor(Date.now() / 1000)
  if (now !== second) {
    second = now
    guess = [String(now), formatTimestamp(now * 1000)]
  }
  return guess
}
