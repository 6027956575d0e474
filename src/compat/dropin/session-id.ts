/**
 * The IDs that the middlewares mint, or that an application's `genid` does: 1 to 256 printable ASCII characters without
 * a space. Nothing else reaches Redis. How hard an ID is to guess is up to whoever mints it.
 */
import { InvalidArgumentError } from '../../errors.ts'

const SHAPE = /^[\x21-\x7e]{1,256}$/

export function isDropInId(id: unknown): id is string {
  return typeof id === 'string' && SHAPE.test(id)
}

/** The message never quotes what it was given: an ID is a ticket. */
export function checkDropInId(id: unknown): string {
  if (isDropInId(id)) return id
  throw new InvalidArgumentError('a session ID must be 1 to 256 printable ASCII characters without a space')
}
