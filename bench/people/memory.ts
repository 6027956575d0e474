/** What indexes take of Redis's memory: in the session, and in the sets. */
import type { BenchClient } from '../client.ts'
import { table } from '../measure.ts'
import { COUNTS, dataOf, storeWith } from './stores.ts'

const MANY = 100

export async function costInMemory(client: BenchClient): Promise<string> {
  const rows: string[][] = []
  for (const count of COUNTS) {
    const { prefix, store } = storeWith(client, count)
    const id = await store.createSession(dataOf(1))
    rows.push([`a session in ${count === 0 ? 'no index' : count}`, `${await bytes(client, prefix + id)}`])
  }
  const { prefix, store } = storeWith(client, 1)
  await Promise.all(Array.from({ length: MANY }, () => store.createSession({ user_id: 'many' })))
  rows.push(['the set of a person with one session', `${await bytes(client, `${prefix}index:user_id:1`)}`])
  const many = await bytes(client, `${prefix}index:user_id:many`)
  rows.push([`each entry of a person with ${MANY}`, (many / MANY).toFixed(0)])
  await client.flushAll()
  return table(['memory', 'bytes'], rows)
}

async function bytes(client: BenchClient, key: string): Promise<number> {
  return (await client.memoryUsage(key, { SAMPLES: 0 })) ?? Number.NaN
}
