/**
 * How much a session may hold, and what a field may be. Checked before anything is sent; what a session
 * holds already is counted by the engine in the same atomic step as the write.
 */
import { InvalidArgumentError, LimitExceededError, ReservedFieldError } from './errors.ts'
import { type FlatFields, isReserved } from './record.ts'
import { show } from './show.ts'

export interface Limits {
  /** The most application fields in one session. Default 128. */
  readonly maxFields: number
  /** The most bytes of one field, name and value together as UTF-8. Default 16 KiB. */
  readonly maxFieldBytes: number
  /** The most bytes of all application fields of one session, names and values. Default 64 KiB. */
  readonly maxSessionBytes: number
}

export const DEFAULT_LIMITS: Limits = { maxFields: 128, maxFieldBytes: 16_384, maxSessionBytes: 65_536 }

const MAX_NAME_BYTES = 1024

/** Checks configured limits; what is absent takes its default. */
export function checkLimits(limits: Partial<Limits>): Limits {
  const checked = { ...DEFAULT_LIMITS }
  for (const name of Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]) {
    const value = limits[name]
    if (value === undefined) continue
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new InvalidArgumentError(`${name} must be a whole number of at least 1, got ${show(value)}`)
    }
    checked[name] = value
  }
  return checked
}

/** Checks a caller's fields and flattens them. Reserved names are left out, as in the guides. */
export function checkFields(data: unknown, limits: Limits): FlatFields {
  // What can be iterated, a Map say, keeps its entries elsewhere than in properties.
  if (typeof data !== 'object' || data === null || Symbol.iterator in data) {
    throw new InvalidArgumentError(`session data must be an object of strings, got ${show(data)}`)
  }
  return checkEntries(Object.entries(data), limits)
}

/** The same for fields that come one by one. */
export function checkEntries(entries: Iterable<readonly [field: string, value: unknown]>, limits: Limits): FlatFields {
  const flat: FlatFields = []
  let bytes = 0
  for (const [field, value] of entries) {
    if (isReserved(field)) continue
    bytes += checkField(field, value, limits)
    flat.push(field, value as string)
  }
  checkSize(flat.length / 2, bytes, limits)
  return flat
}

/** Checks that the application may write the field, and its name. */
export function checkWritable(field: unknown): string {
  const name = checkFieldName(field)
  if (isReserved(name)) throw new ReservedFieldError(`the field ${show(name)} is reserved: only sojourn writes it`)
  return name
}

/** Checks that the application may count in the field, and that a number fits there. */
export function checkCounter(field: unknown, { maxFieldBytes }: Limits): string {
  const name = checkWritable(field)
  if (Buffer.byteLength(name) < maxFieldBytes) return name
  throw new LimitExceededError(
    `the field ${show(name)} leaves no room for a number in ${maxFieldBytes} bytes (maxFieldBytes)`,
  )
}

/** Checks a list of field names. Reserved names are left out: nobody removes them. */
export function checkFieldNames(fields: unknown): string[] {
  if (!Array.isArray(fields)) throw new InvalidArgumentError(`fields must be an array of names, got ${show(fields)}`)
  return fields.map(checkFieldName).filter((field) => !isReserved(field))
}

/** Refuses a session of so many application fields and bytes. */
export function checkSize(fields: number, bytes: number, limits: Limits): void {
  if (fields > limits.maxFields) throw tooManyFields(limits)
  if (bytes > limits.maxSessionBytes) throw tooLarge(limits)
}

export function tooManyFields({ maxFields }: Limits): LimitExceededError {
  return new LimitExceededError(`a session holds at most ${maxFields} fields (maxFields)`)
}

export function tooLarge({ maxSessionBytes }: Limits): LimitExceededError {
  return new LimitExceededError(`a session holds at most ${maxSessionBytes} bytes (maxSessionBytes)`)
}

function checkField(field: string, value: unknown, limits: Limits): number {
  checkFieldName(field)
  if (typeof value !== 'string' || !value.isWellFormed()) {
    throw new InvalidArgumentError(`the value of field ${show(field)} must be a well-formed string, got ${show(value)}`)
  }
  const bytes = Buffer.byteLength(field) + Buffer.byteLength(value)
  if (bytes > limits.maxFieldBytes) {
    throw new LimitExceededError(
      `the field ${show(field)} takes ${bytes} bytes, at most ${limits.maxFieldBytes} are allowed (maxFieldBytes)`,
    )
  }
  return bytes
}

function checkFieldName(field: unknown): string {
  if (typeof field !== 'string' || field === '' || !field.isWellFormed()) {
    throw new InvalidArgumentError(`a field name must be a non-empty, well-formed string, got ${show(field)}`)
  }
  if (Buffer.byteLength(field) > MAX_NAME_BYTES) {
    throw new InvalidArgumentError(`a field name takes at most ${MAX_NAME_BYTES} bytes, got ${show(field)}`)
  }
  return field
}
