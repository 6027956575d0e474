/** Which indexes a store has, and where a session belongs in them. */
import type { Seen } from '../engine.ts'
import { InvalidArgumentError } from '../errors.ts'
import { isReserved, type SessionData } from '../record.ts'
import { show } from '../show.ts'

/**
 * `true` indexes sessions by the value of the field that the index is named after. A function gives the values of a
 * session, from its application fields: none, one or several. It must depend on nothing else.
 */
export type IndexDeclaration = true | ((session: SessionData) => string | readonly string[] | null | undefined)

export type IndexDeclarations = Readonly<Record<string, IndexDeclaration>>

/** Where a session belongs: lists named `index:value`, and what of the session that was read from. */
export interface Placement {
  readonly lists: readonly string[]
  /** The fields that were looked at. */
  readonly looked: ReadonlySet<string>
  /** Whether the names of all fields were looked at. */
  readonly lookedAtAll: boolean
}

const MAX_VALUE_BYTES = 512

export class Indexes {
  readonly #declarations: IndexDeclarations

  /** @throws {InvalidArgumentError} when a name or declaration is wrong */
  constructor(declarations: IndexDeclarations = {}) {
    if (typeof declarations !== 'object' || declarations === null) {
      throw new InvalidArgumentError(`indexes must be an object of declarations, got ${show(declarations)}`)
    }
    for (const [name, declaration] of Object.entries(declarations)) checkDeclaration(name, declaration)
    this.#declarations = declarations
  }

  get isEmpty(): boolean {
    return Object.keys(this.#declarations).length === 0
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#declarations, name)
  }

  /** Whether a change of these fields can move a session. A function may look at any field. */
  dependOn(fields: readonly string[]): boolean {
    return Object.entries(this.#declarations).some(([name, declared]) => declared !== true || fields.includes(name))
  }

  /**
   * Where a session with this data belongs.
   *
   * @throws {InvalidArgumentError} when a function throws or gives what cannot be indexed
   */
  place(data: SessionData): Placement {
    return this.#place(data, (error) => {
      throw error
    })
  }

  /** Where a stored session belongs. What a declaration cannot read, it does not place: reading must not fail for it. */
  placeStored(data: SessionData): Placement {
    return this.#place(data, () => {})
  }

  /**
   * Where a session belongs after a change.
   *
   * @throws {InvalidArgumentError} when the change makes it unreadable to a declaration; not when it was so before
   */
  placeChanged(before: SessionData, after: SessionData): Placement {
    let wasReadable = true
    this.#place(before, () => {
      wasReadable = false
    })
    return wasReadable ? this.place(after) : this.placeStored(after)
  }

  #place(data: SessionData, onUnreadable: (error: unknown) => void): Placement {
    const looked = new Set<string>()
    let lookedAtAll = false
    const watched = watch(data, looked, () => {
      lookedAtAll = true
    })
    const lists = new Set<string>()
    for (const [name, declaration] of Object.entries(this.#declarations)) {
      try {
        for (const value of valuesOf(name, declaration, watched)) lists.add(listOf(name, value))
      } catch (error) {
        onUnreadable(error)
      }
    }
    return { lists: [...lists], looked, lookedAtAll }
  }
}

/** The name of the list of one value of one index. */
export function listOf(index: string, value: string): string {
  return `${index}:${value}`
}

/** What a step must find unchanged for the placement to be right: what was read, but for what the step sets itself. */
export function seenBy(placement: Placement, before: SessionData, changing: ReadonlySet<string>): Seen {
  const fields = [...placement.looked]
    .filter((field) => !changing.has(field))
    .map((field) => [field, before[field] ?? null] as const)
  const size = placement.lookedAtAll ? Object.keys(before).length : null
  return { fields, size, within: null }
}

/** The application's fields of a session. */
export function applicationData(data: SessionData): SessionData {
  const kept: SessionData = Object.create(null)
  for (const [field, value] of Object.entries(data)) if (!isReserved(field)) kept[field] = value
  return kept
}

function checkDeclaration(name: string, declaration: unknown): void {
  if (!/^[A-Za-z_][\w.-]{0,63}$/.test(name)) {
    throw new InvalidArgumentError(`an index is named by up to 64 letters, digits, _ . and -, got ${show(name)}`)
  }
  if (isReserved(name)) throw new InvalidArgumentError(`the reserved field ${show(name)} cannot be an index`)
  if (declaration !== true && typeof declaration !== 'function') {
    throw new InvalidArgumentError(`the index ${show(name)} must be true or a function, got ${show(declaration)}`)
  }
}

function valuesOf(name: string, declaration: IndexDeclaration, data: SessionData): readonly string[] {
  const given = declaration === true ? data[name] : callDeclared(name, declaration, data)
  const values = given === null || given === undefined ? [] : Array.isArray(given) ? given : [given]
  for (const value of values) checkIndexValue(name, value)
  return values.filter((value) => value !== '')
}

function callDeclared(name: string, declaration: Exclude<IndexDeclaration, true>, data: SessionData) {
  try {
    return declaration(data)
  } catch (cause) {
    throw new InvalidArgumentError(`the function of the index ${show(name)} failed`, { cause })
  }
}

export function checkIndexValue(name: string, value: unknown): asserts value is string {
  if (typeof value === 'string' && value.isWellFormed() && Buffer.byteLength(value) <= MAX_VALUE_BYTES) return
  throw new InvalidArgumentError(
    `a value of the index ${show(name)} must be a string of at most ${MAX_VALUE_BYTES} bytes, got ${show(value)}`,
  )
}

/** The data, noting what is looked at: a placement stays right as long as that stays the same. */
function watch(data: SessionData, looked: Set<string>, onAll: () => void): SessionData {
  const look = (field: string | symbol) => {
    if (typeof field === 'string') looked.add(field)
  }
  return new Proxy(data, {
    get(target, field) {
      look(field)
      return Reflect.get(target, field)
    },
    has(target, field) {
      look(field)
      return Reflect.has(target, field)
    },
    getOwnPropertyDescriptor(target, field) {
      look(field)
      return Reflect.getOwnPropertyDescriptor(target, field)
    },
    ownKeys(target) {
      onAll()
      for (const field of Object.keys(target)) looked.add(field)
      return Reflect.ownKeys(target)
    },
  })
}
