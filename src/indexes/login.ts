import { InvalidArgumentError } from '../errors.ts'
import { show } from '../show.ts'
import { listOf } from './declarations.ts'

/** The moment in which a login began: it fails if everything under the value is ended meanwhile. */
export interface LoginEpoch {
  readonly index: string
  readonly value: string
  readonly epoch: string
}

/** @throws {InvalidArgumentError} when it is not from `loginEpoch` */
export function checkEpoch(login: LoginEpoch): LoginEpoch {
  const { index, value, epoch } = (login ?? {}) as Partial<LoginEpoch>
  if ([index, value, epoch].every((part) => typeof part === 'string')) return login
  throw new InvalidArgumentError(`epoch must be what loginEpoch returned, got ${show(login)}`)
}

/**
 * Refuses an epoch that nobody would look at: it is looked at when a session enters the list that it is of.
 *
 * @throws {InvalidArgumentError} when the session will not be in that list
 */
export function checkLogin(login: LoginEpoch | null, lists: readonly string[]): void {
  if (login === null || lists.includes(listOf(login.index, login.value))) return
  throw new InvalidArgumentError(`the login epoch is of ${show(login.index)}, and the session is not: set that field`)
}
