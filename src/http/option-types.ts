/** Checks of options whose type a caller without types may get wrong. */
import { InvalidArgumentError } from '../errors.ts'
import { show } from '../show.ts'

export function checkBoolean(option: string, value: unknown): asserts value is boolean {
  if (typeof value !== 'boolean') throw new InvalidArgumentError(`${option} must be a boolean, got ${show(value)}`)
}

export function checkFunction(option: string, value: unknown): void {
  if (typeof value !== 'function') throw new InvalidArgumentError(`${option} must be a function, got ${show(value)}`)
}
