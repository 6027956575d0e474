/**
 * Sessions in JSON strings, as connect-redis keeps them: read there, and saved there as long as its servers run side by
 * side with ours. Whole sessions, so the last save wins; but none brings a session back.
 */
import { CLAIMED, type JsonStrings } from '../../redis/json-strings.ts'
import type { Outcome, Place, Stored } from './known.ts'
import { type Properties, propertiesOf } from './properties.ts'
import type { Term } from './term.ts'

export class Strings implements Place {
  readonly #strings: JsonStrings

  constructor(strings: JsonStrings) {
    this.#strings = strings
  }

  /** `null` when there is no string, or one that holds no session; {@link CLAIMED} when it may be on its way to its hash. */
  async read(id: string): Promise<Stored | typeof CLAIMED | null> {
    const text = await this.#strings.read(id)
    if (text === CLAIMED) return CLAIMED
    const properties = text === null ? null : readSession(text)
    return properties && { place: this, properties, ttl: null, fixed: null, refreshedAt: null }
  }

  create(id: string, properties: Properties, { ttl }: Term): Promise<boolean> {
    return this.#strings.create(id, writeSession(properties), ttl * 1000)
  }

  update(id: string, _stored: Stored, properties: Properties, { ttl }: Term): Promise<Outcome> {
    return this.#resave(id, writeSession(properties), ttl)
  }

  /** Like connect-redis, leaves the stored cookie as it is: writing it would undo what others save meanwhile. */
  touch(id: string, _stored: Stored, _properties: Properties, { ttl }: Term): Promise<Outcome> {
    return this.#resave(id, null, ttl)
  }

  async end(id: string): Promise<void> {
    await this.#strings.forget(id)
  }

  /** Sessions that are strings, by ID, each once. */
  async *entries(): AsyncGenerator<[string, Stored]> {
    const seen = new Set<string>()
    for await (const batch of this.#strings.ids()) {
      const ids = [...new Set(batch)].filter((id) => !seen.has(id))
      const found = await Promise.all(ids.map((id) => this.read(id)))
      for (const [i, id] of ids.entries()) {
        seen.add(id)
        const stored = found[i]
        if (stored && stored !== CLAIMED) yield [id, stored]
      }
    }
  }

  async #resave(id: string, text: string | null, ttl: number): Promise<Outcome> {
    return (await this.#strings.update(id, text, ttl * 1000)) ? 'saved' : 'gone'
  }
}

/** The properties of a session in a string; `null` when it is no JSON object. */
export function readSession(text: string): Map<string, string> | null {
  try {
    const session: unknown = JSON.parse(text)
    const isObject = typeof session === 'object' && session !== null && !Array.isArray(session)
    return isObject ? propertiesOf(session) : null
  } catch {
    return null
  }
}

function writeSession(properties: Properties): string {
  const members = Array.from(properties, ([property, json]) => `${JSON.stringify(property)}:${json}`)
  return `{${members.join(',')}}`
}
