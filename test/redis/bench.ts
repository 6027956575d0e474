import { randomUUID } from 'node:crypto'
import { createClient } from 'redis'
import { onTestFinished } from 'vitest'
import { RedisSessionStore, type RedisSessionStoreOptions } from '../../src/index.ts'

/** A node-redis client that is closed with the test. */
export async function connect(url: string, options: Parameters<typeof createClient>[0] = {}) {
  const client = createClient({ ...options, url })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.destroy())
  return client
}

/** A store under a prefix of its own. */
export function storeOn(client: object, options: Partial<RedisSessionStoreOptions> = {}) {
  const prefix = options.prefix ?? `test:${randomUUID()}:`
  return { store: new RedisSessionStore({ client, commandTimeout: 10_000, ...options, prefix }), prefix }
}
