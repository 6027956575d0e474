/** Whether V8 has the same hidden class for two objects, for tests of what is slow where it has not. */
import { setFlagsFromString } from 'node:v8'

setFlagsFromString('--allow-natives-syntax')

export const haveSameClass = new Function('a', 'b', 'return %HaveSameMap(a, b)') as (a: object, b: object) => boolean

/** Whether some neighbours in a list have the same class. A collection of garbage between two parts them, and no more. */
export function share(objects: readonly object[]): boolean {
  return objects.some((object, i) => i > 0 && haveSameClass(objects[i - 1] as object, object))
}

/**
 * Applications to try. V8 keeps the class that dictionaries of a prototype share in one of 64 places, by chance: where two
 * prototypes that take turns have the same, each drives out the other's.
 */
export const TRIES = [1, 2, 3, 4]
