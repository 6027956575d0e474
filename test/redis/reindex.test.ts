import { randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { sessionHandle } from '../../src/index.ts'
import { connect, storeOn } from './bench.ts'

async function deployment() {
  const client = await connect(inject('redis').url)
  const prefix = `test:${randomUUID()}:`
  const before = storeOn(client, { prefix }).store
  const after = storeOn(client, { prefix, indexes: { user_id: true } }).store
  const found = async (user: string) => {
    const handles: string[] = []
    for await (const { handle } of after.findSessions({ user_id: user })) handles.push(handle)
    return handles.sort()
  }
  return { client, prefix, before, after, found }
}

test('sessions that came before the index are entered while traffic goes on, and again costs nothing', async () => {
  const { before, after, found } = await deployment()
  const ids = await Promise.all(Array.from({ length: 120 }, (_, i) => before.createSession({ user_id: String(i % 2) })))
  const traffic = ids.map((id, i) => (i % 3 === 0 ? after.updateSession(id, { user_id: '2' }) : after.getSession(id)))
  let progress = { scanned: 0, entered: 0 }
  for await (progress of after.reindex()) expect(progress.entered).toBeLessThanOrEqual(progress.scanned)
  await Promise.all(traffic)
  for (const user of ['0', '1', '2']) {
    const owned = ids.filter((_, i) => (i % 3 === 0 ? '2' : String(i % 2)) === user)
    expect(await found(user)).toEqual(owned.map(sessionHandle).sort())
  }
  for await (progress of after.reindex()) expect(progress.entered).toBe(0)
})

test('a session that another program wrote, with times long past or unreadable, is entered and lives on', async () => {
  const { client, prefix, after, found } = await deployment()
  const ids = ['2026-04-02T12:34:56Z', 'garbage', '9999-01-01T00:00:00Z'].map((at, i) => {
    const id = 'A'.repeat(42) + 'AEI'[i]
    const fields = { user_id: '42', session_ttl: '60', created_at: at, last_accessed_at: at }
    return client
      .multi()
      .hSet(prefix + id, fields)
      .expire(prefix + id, 60)
      .exec()
      .then(() => id)
  })
  const written = await Promise.all(ids)
  for await (const _ of after.reindex());
  expect(await found('42')).toEqual(written.map(sessionHandle).sort())
  for (const id of written) {
    expect(await after.updateSession(id, { user_id: '7' })).toBe(true)
    expect(await after.getTtl(id)).toBe(60)
  }
  for (const key of await client.keys(`${prefix}*`)) expect(await client.pTTL(key)).toBeGreaterThan(0)
})

test('one without a TTL is counted, and gets its own with its next use', async () => {
  const { client, prefix, after } = await deployment()
  const id = await after.createSession({ user_id: '42' })
  await client.persist(prefix + id)
  expect(await after.countSessions({ user_id: '42' })).toBe(1)
  await after.getSession(id)
  expect(await client.pTTL(prefix + id)).toBeGreaterThan(0)
})

test('one that was never entered is, by the first change of its field, the same value included', async () => {
  const { before, after, found } = await deployment()
  const id = await before.createSession({ user_id: '42' })
  expect(await after.updateSession(id, { user_id: '42' })).toBe(true)
  expect(await found('42')).toEqual([sessionHandle(id)])
})
