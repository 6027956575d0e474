/**
 * A session whose end passes while a script runs: Redis removes the key when it is given an expiry that is over, and nothing
 * may make it anew. That moment is a millisecond long, so these tests make it last: what the indexes hold of the session is over,
 * and the key is still there.
 */
import { expect, inject, test } from 'vitest'
import type { RedisSessionStore } from '../../src/index.ts'
import { connect, storeOn } from './bench.ts'

const OPERATIONS: Record<string, (store: RedisSessionStore, id: string) => Promise<unknown>> = {
  getSession: (store, id) => store.getSession(id),
  'getSession without refresh': (store, id) => store.getSession(id, false),
  updateSession: (store, id) => store.updateSession(id, { a: '1' }),
  deleteFields: (store, id) => store.deleteFields(id, ['n']),
  incrementField: (store, id) => store.incrementField(id, 'n'),
  touchSession: (store, id) => store.touchSession(id),
  setSessionTtl: (store, id) => store.setSessionTtl(id, 60),
  getTtl: (store, id) => store.getTtl(id),
  'rotateSession with grace': (store, id) => store.rotateSession(id, { grace: 10 }),
  rotateSession: (store, id) => store.rotateSession(id),
}

test.each(Object.entries(OPERATIONS))('%s leaves no key without a TTL', async (_name, operation) => {
  const client = await connect(inject('redis').url)
  const { store, prefix } = storeOn(client)
  const id = await store.createSession({ n: '1' })
  await client.hSet(prefix + id, { 'sojourn:indexed_until': '1', last_accessed_at: '2026-01-01T00:00:00+00:00' })
  await operation(store, id)
  for (const key of await client.keys(`${prefix}*`)) expect(await client.pTTL(key)).toBeGreaterThan(0)
})

test('a read at that moment finds nothing', async () => {
  const client = await connect(inject('redis').url)
  const { store, prefix } = storeOn(client)
  const id = await store.createSession({ n: '1' })
  await client.hSet(prefix + id, { 'sojourn:indexed_until': '1' })
  expect(await store.getSession(id)).toBeNull()
  expect(await client.exists(prefix + id)).toBe(0)
})
