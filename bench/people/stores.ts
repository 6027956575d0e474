import { RedisSessionStore } from 'sojourn'
import type { BenchClient } from '../client.ts'

const FIELDS = ['user_id', 'tenant', 'plan']
export const COUNTS = [0, 1, 3] as const

/** A store whose sessions are in so many indexes, under a prefix of its own. */
export function storeWith(client: BenchClient, count: number): { prefix: string; store: RedisSessionStore } {
  const prefix = `with-${count}:`
  const indexes = Object.fromEntries(FIELDS.slice(0, count).map((name) => [name, true as const]))
  return { prefix, store: new RedisSessionStore({ client, prefix, indexes, commandTimeout: 60_000 }) }
}

/** What each session holds. */
export function dataOf(turn: number): Record<string, string> {
  return { user_id: String(turn % 500), tenant: String(turn % 20), plan: 'free' }
}
