/** Whether V8 has the same hidden class for two objects, for tests of what is slow where it has not. */
import { setFlagsFromString } from 'node:v8'

setFlagsFromString('--allow-natives-syntax')

export const haveSameClass = new Function('a', 'b', 'return %HaveSameMap(a, b)') as (a: object, b: object) => boolean
