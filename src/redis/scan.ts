import { expected, isScanned } from './expected.ts'
import type { Master, ScannedType } from './port.ts'

/**
 * Walks one node's SCAN to its end (https://redis.io/docs/latest/commands/scan/). A batch may be empty: among many other keys
 * whoever walks can stop after each command all the same.
 */
export async function* scanNode(master: Master, type: ScannedType, pattern: string): AsyncGenerator<string[]> {
  let cursor = '0'
  do {
    const reply = await master.command(['SCAN', cursor, 'MATCH', pattern, 'COUNT', '250', 'TYPE', type])
    const [next, keys] = expected(isScanned, reply)
    cursor = String(next)
    yield keys
  } while (cursor !== '0')
}
