/** Where an adapter puts the session, and which requests get none. */
import { InvalidArgumentError } from '../errors.ts'
import { show } from '../show.ts'
import { checkFunction } from './option-types.ts'
import { Session } from './session.ts'

export interface Placement<Request> {
  /** Under which name the session stands. Default `session`; another for a second manager. */
  property?: string | undefined
  /** Requests that need no session: they get none. Default: none of them. */
  skip?: ((request: Request) => boolean) | undefined
}

export const PLACEMENT_OPTIONS: readonly string[] = ['property', 'skip']

/** @throws {InvalidArgumentError} when one is wrong */
export function checkPlacement<Request>({ property = 'session', skip = none }: Placement<Request>): {
  property: string
  skip: (request: Request) => boolean
} {
  if (typeof property !== 'string' || property === '') {
    throw new InvalidArgumentError(`property must be a name, got ${show(property)}`)
  }
  checkFunction('skip', skip)
  return { property, skip }
}

/** @throws {InvalidArgumentError} when a session of another manager stands there */
export function requireFree(property: string, present: unknown): void {
  if (!(present instanceof Session)) return
  throw new InvalidArgumentError(
    `property ${show(property)} is taken by the session of another manager: give one of the two another property`,
  )
}

/** Puts a session where the application looks for it. */
export function place(target: object, property: string, session: unknown): void {
  ;(target as Record<string, unknown>)[property] = session
}

function none(): boolean {
  return false
}
