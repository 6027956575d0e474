/** Whether V8 has the same hidden class for two objects, for tests of what is slow where it has not. */
import { setFlagsFromString } from 'node:v8'

setFlagsFromString('--allow-natives-syntax')

export const haveSameClass = new Function('a', 'b', 'return %HaveSameMap(a, b)') as (a: object, b: object) => boolean

/**
 * Whether the requests that an application sees share a class, and so do its responses. `play` has a new application see some,
 * one after the other. V8 keeps the class that dictionaries of a prototype share in one of 64 places, by chance, and where two
 * prototypes that take turns have the same, each drives out the other's: so several applications are tried.
 */
export async function shareClasses(
  play: (see: (request: object, response: object) => void) => Promise<void>,
): Promise<boolean> {
  for (let application = 0; application < 4; application++) {
    const [requests, responses]: [object[], object[]] = [[], []]
    await play((request, response) => {
      requests.push(request)
      responses.push(response)
    })
    if (haveNeighbours(requests) && haveNeighbours(responses)) return true
  }
  return false
}

/** Whether some neighbours have the same class. A collection of garbage between two parts them, and no more. */
function haveNeighbours(objects: readonly object[]): boolean {
  return objects.some((object, i) => i > 0 && haveSameClass(objects[i - 1] as object, object))
}
