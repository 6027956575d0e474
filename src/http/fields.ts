/**
 * Typed fields: declared once, stored as plain readable strings in the hash, so that other languages and redis-cli can
 * read them.
 */
import { InvalidArgumentError } from '../errors.ts'
import { isReserved } from '../record.ts'
import { show } from '../show.ts'
import { FieldError } from './errors.ts'
import type { StandardSchema } from './standard-schema.ts'

/** How a field of type `T` is written and read. `Absent` is what reading gives when it is not there. */
export interface Field<T, Absent = undefined> {
  readonly absent: Absent
  /** Whether `increment` works on it. */
  readonly counts: boolean
  /** @throws {Error} when the value does not fit; nothing is stored */
  write(value: T): string
  /** @throws {Error} when the stored string does not fit; the field then reads as absent */
  read(stored: string): T
}

/** A field of whatever type: what it reads is known to nobody, and what it takes still less. */
export interface AnyField {
  readonly absent: unknown
  readonly counts: boolean
  write(value: never): string
  read(stored: string): unknown
}

/** A declaration: the fields of a session and their types. */
export type FieldTypes = Readonly<Record<string, AnyField>>

/** What `get` gives for a field. */
export type FieldValue<F> = F extends { read(stored: string): infer T; readonly absent: infer Absent }
  ? T | Absent
  : never

/** What `set` takes for a field. */
export type FieldInput<F> = F extends { read(stored: string): infer T } ? T : never

/** Declares a string. */
export function text(): Field<string>
export function text(options: { default: string }): Field<string, string>
export function text(options: { default?: string } = {}): Field<string, string | undefined> {
  return {
    absent: options.default,
    counts: false,
    write: (value) => (typeof value === 'string' ? value : unfit('a string', value)),
    read: (stored) => stored,
  }
}

/** Declares a whole number up to ±(2^53 − 1). `increment` counts from 0, whatever the default. */
export function integer(): Field<number>
export function integer(options: { default: number }): Field<number, number>
export function integer(options: { default?: number } = {}): Field<number, number | undefined> {
  const check = (value: unknown) => (Number.isSafeInteger(value) ? (value as number) : unfit('a safe integer', value))
  if (options.default !== undefined) check(options.default)
  return {
    absent: options.default,
    counts: true,
    write: (value) => String(check(value)),
    read: (stored) => (/^(0|-?[1-9]\d*)$/.test(stored) ? check(Number(stored)) : unfit('a safe integer', stored)),
  }
}

/** Declares `true` or `false`, stored as these words. */
export function boolean(): Field<boolean>
export function boolean(options: { default: boolean }): Field<boolean, boolean>
export function boolean(options: { default?: boolean } = {}): Field<boolean, boolean | undefined> {
  return {
    absent: options.default,
    counts: false,
    write: (value) => (typeof value === 'boolean' ? String(value) : unfit('a boolean', value)),
    read: (stored) => (stored === 'true' ? true : stored === 'false' ? false : unfit('true or false', stored)),
  }
}

/**
 * Declares a moment, stored as `2026-04-02T12:34:56.789Z`. With `+00:00` or another offset for `Z`, and with any fraction
 * of a second or none, it is read as well.
 */
export function timestamp(): Field<Date> {
  return {
    absent: undefined,
    counts: false,
    write: (value) =>
      value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : unfit('a valid Date', value),
    read: (stored) => {
      const date = DATE_TIME.exec(stored)?.[1]
      const time = Date.parse(stored)
      if (date === undefined || Number.isNaN(time) || !isOnCalendar(date)) unfit('a date-time of ISO 8601', stored)
      return new Date(time)
    },
  }
}

/** ISO 8601 with a zone, years beyond four digits as `toISOString` writes them. `Date.parse` takes much more. */
const DATE_TIME = /^((?:\d{4}|[+-]\d{6})-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

/** `Date.parse` takes 30 February for 2 March. */
function isOnCalendar(date: string): boolean {
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date)
}

/**
 * Declares a value of JSON. With a Standard Schema validator (zod, valibot, arktype …; synchronous) the value is checked
 * when written and when read, and takes the validator's output type. A value that could not be read again, such as a
 * `Date` that its schema does not take from a string, is refused when written. Each `get` gives a copy: change it and
 * `set` it again.
 */
export function json<T>(): Field<T>
export function json<T>(schema: StandardSchema<unknown, T>): Field<T>
export function json<T>(schema?: StandardSchema<unknown, T>): Field<T> {
  const check = (value: unknown) => (schema === undefined ? (value as T) : validate(schema, value))
  const read = (stored: string) => check(JSON.parse(stored))
  return {
    absent: undefined,
    counts: false,
    write(value) {
      const stored = JSON.stringify(check(value)) ?? unfit('a value of JSON', value)
      if (schema !== undefined) read(stored)
      return stored
    },
    read,
  }
}

/** Checks a declaration. */
export function checkFieldTypes(fields: unknown): FieldTypes | null {
  if (fields === undefined) return null
  if (typeof fields !== 'object' || fields === null) {
    throw new InvalidArgumentError(`fields must be an object of field types, got ${show(fields)}`)
  }
  for (const [name, field] of Object.entries(fields)) {
    if (name === '' || isReserved(name)) throw new InvalidArgumentError(`${show(name)} cannot be a field's name`)
    if (typeof field?.read !== 'function' || typeof field.write !== 'function') {
      throw new InvalidArgumentError(`the field ${show(name)} must be a field type such as text(), got ${show(field)}`)
    }
  }
  return fields as FieldTypes
}

function validate<T>(schema: StandardSchema<unknown, T>, value: unknown): T {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) throw new FieldError('a validator of a session field must be synchronous')
  if (result.issues !== undefined) throw new FieldError(result.issues.map(({ message }) => message).join('; '))
  return result.value
}

function unfit(wanted: string, value: unknown): never {
  throw new FieldError(`expected ${wanted}, got ${show(value)}`)
}
