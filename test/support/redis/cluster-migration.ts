/** Moving a slot from one master to another by hand, so that it can be left half-done. */
import { HOST, type RedisServer } from './server.ts'

const TIMEOUT_MS = '5000'

export interface Migration {
  readonly slot: number
  readonly from: RedisServer
  readonly to: RedisServer
  readonly stopHalfway: boolean
}

/** Resolves with the keys that moved. */
export async function migrateSlot({ slot, from, to, stopHalfway }: Migration): Promise<string[]> {
  const [fromId, toId] = await Promise.all([from.cli('CLUSTER', 'MYID'), to.cli('CLUSTER', 'MYID')])
  const setSlot = (node: RedisServer, ...state: string[]) => node.cli('CLUSTER', 'SETSLOT', String(slot), ...state)
  // The target first: the source sends clients there as soon as it knows.
  await setSlot(to, 'IMPORTING', fromId)
  await setSlot(from, 'MIGRATING', toId)
  const keys = await keysIn(slot, from)
  const moved = stopHalfway ? keys.slice(0, Math.ceil(keys.length / 2)) : keys
  if (moved.length > 0) {
    await from.cli('MIGRATE', HOST, String(to.port), '', '0', TIMEOUT_MS, 'KEYS', ...moved)
  }
  if (!stopHalfway) {
    await setSlot(to, 'NODE', toId)
    await setSlot(from, 'NODE', toId)
  }
  return moved
}

async function keysIn(slot: number, node: RedisServer): Promise<string[]> {
  const count = await node.cli('CLUSTER', 'COUNTKEYSINSLOT', String(slot))
  const keys = await node.cli('CLUSTER', 'GETKEYSINSLOT', String(slot), count)
  return keys.split('\n').filter(Boolean)
}
