/** A step: a method of the world (`part` is empty then) or of one of its parts. */
export interface Step {
  readonly part: string
  readonly name: string
  readonly args: readonly unknown[]
}

export type Reply = { readonly value: unknown } | { readonly error: unknown }

/** Lets a step happen. */
export async function happen(world: object, { part, name, args }: Step): Promise<Reply> {
  const target = part === '' ? world : Reflect.get(world, part)
  try {
    return { value: await Reflect.get(target, name).apply(target, args) }
  } catch (error) {
    return { error }
  }
}

/** The same words for the same value. */
export function inWords(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Error) return { error: part.name, message: part.message }
    if (typeof part === 'symbol' || typeof part === 'bigint' || part === undefined) return `(${String(part)})`
    return part
  })
}

/** What several hold in their hands must stay as it is. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) frozen(part)
  return value
}
