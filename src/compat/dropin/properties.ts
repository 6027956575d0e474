/**
 * The properties of a middleware's session as fields of a hash: each top-level property is a field, its value JSON.
 * A property whose name only sojourn may write stands behind `property:`, and so does one that looks like that already.
 */
import { InvalidArgumentError } from '../../errors.ts'
import { isReserved } from '../../record.ts'
import { show } from '../../show.ts'

/** Properties by name, as JSON. */
export type Properties = ReadonlyMap<string, string>

const ESCAPE = 'property:'
const OWN = { configurable: true, enumerable: true, writable: true }

/** The field that holds the property. */
export function fieldOf(property: string): string {
  const needsEscape = property === '' || isReserved(property) || property.startsWith(ESCAPE)
  return needsEscape ? ESCAPE + property : property
}

/** The property that the field holds; `null` when it holds none. */
export function propertyOf(field: string): string | null {
  if (!field.startsWith(ESCAPE)) return isReserved(field) ? null : field
  const property = field.slice(ESCAPE.length)
  return fieldOf(property) === field ? property : null
}

/**
 * What JSON.stringify would write of a session, property by property.
 *
 * @throws {InvalidArgumentError} when a value has no JSON, such as a BigInt or a circle
 */
export function propertiesOf(session: object): Map<string, string> {
  const properties = new Map<string, string>()
  for (const [property, value] of Object.entries(plain(session))) {
    const json = stringify(property, value)
    if (json !== undefined) properties.set(property, json)
  }
  return properties
}

/** A stored value: JSON, or the text itself where some other program has written it as it is. */
export function valueOf(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}

/** A session as its middleware takes it. */
export function objectOf(properties: Properties): Record<string, unknown> {
  const session: Record<string, unknown> = {}
  for (const [property, json] of properties) {
    // An assignment to this one would change the object's prototype.
    if (property === '__proto__') Object.defineProperty(session, property, { ...OWN, value: valueOf(json) })
    else session[property] = valueOf(json)
  }
  return session
}

export interface Difference {
  readonly set: readonly (readonly [property: string, json: string])[]
  readonly remove: readonly string[]
}

/** What has to be written and removed so that what was stored becomes what is there now, but for the property `except`. */
export function difference(stored: Properties, current: Properties, except: string | null = null): Difference {
  const set: [string, string][] = []
  const remove: string[] = []
  for (const [property, json] of current) {
    if (property !== except && !isSame(stored.get(property), json)) set.push([property, json])
  }
  for (const property of stored.keys()) if (!current.has(property)) remove.push(property)
  return { set, remove }
}

/** Numbers and escapes that JavaScript may write otherwise in as many characters, and names that it puts first. */
const MAY_LOOK_OTHERWISE = /[\d.]{16}|\d[eE]|"\d+":|\\u/

/** Another program may write the same value otherwise. Nearly always that is longer, or shorter; so what is as long is another. */
function isSame(stored: string | undefined, json: string): boolean {
  if (stored === undefined || stored === json) return stored === json
  if (stored.length === json.length && !MAY_LOOK_OTHERWISE.test(stored)) return false
  return JSON.stringify(valueOf(stored)) === json
}

/** What JSON.stringify would write of an object: itself, or what its toJSON says. */
export function plain(session: object): object {
  const { toJSON } = session as { toJSON?: unknown }
  const json: unknown = typeof toJSON === 'function' ? toJSON.call(session, '') : session
  if (typeof json === 'object' && json !== null) return json
  throw new InvalidArgumentError(`a session must be an object, got ${show(json)}`)
}

function hasToJSON(value: unknown): value is { toJSON(property: string): unknown } {
  return typeof (value as { toJSON?: unknown } | null | undefined)?.toJSON === 'function'
}

function stringify(property: string, value: unknown): string | undefined {
  try {
    if (!hasToJSON(value)) return JSON.stringify(value)
    // toJSON is told the property's name, as it is where the whole session is stringified.
    const plain = value.toJSON(property)
    if (!hasToJSON(plain)) return JSON.stringify(plain)
    const json = JSON.stringify({ [property]: value })
    return json === '{}' ? undefined : json.slice(JSON.stringify(property).length + 2, -1)
  } catch (cause) {
    throw new InvalidArgumentError(`the session's property ${show(property)} cannot be written as JSON`, { cause })
  }
}
