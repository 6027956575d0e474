import { randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { connect, storeOn } from './bench.ts'

test('a session counts how often it has left an index: a change that looked before must look again', async () => {
  const client = await connect(inject('redis').url)
  const prefix = `test:${randomUUID()}:`
  const { store } = storeOn(client, { prefix, indexes: { user_id: true } })
  const id = await store.createSession({ user_id: '42' })
  const departures = () => client.hGet(prefix + id, 'sojourn:departures')
  expect(await departures()).toBe(null)
  await store.updateSession(id, { user_id: '42', theme: 'dark' })
  expect(await departures()).toBe(null)
  await store.updateSession(id, { user_id: '7' })
  expect(await departures()).toBe('1')
  await store.updateSession(id, { user_id: '42' })
  await store.deleteFields(id, ['user_id'])
  expect(await departures()).toBe('3')
  expect(await store.getSession(id)).not.toHaveProperty('sojourn:departures')
})

test('what has left an index, and whose process crashed before it said so, uses up no limit', async () => {
  const client = await connect(inject('redis').url)
  const limits = { user_id: { max: 1, onExceed: 'refuse' } } as const
  const { store, prefix } = storeOn(client, { indexes: { user_id: true }, limits })
  const id = await store.createSession({ user_id: '42' })
  const index = `${prefix}index:user_id:42`
  const order = Number(await client.zScore(index, id))
  await store.updateSession(id, { user_id: '7' })
  const leaveBehind = async (seconds: number) => {
    await client.hSet(prefix + id, 'sojourn:indexed', JSON.stringify(['user_id:42', 'user_id:7']))
    await client.zAdd(index, { value: id, score: order - seconds * 1_000_000 })
  }
  // It may just as well be about to come.
  await leaveBehind(0)
  await expect(store.createSession({ user_id: '42' })).rejects.toMatchObject({ code: 'SOJOURN_SESSION_LIMIT' })
  await leaveBehind(61)
  await store.createSession({ user_id: '42' })
  expect(await store.countSessions({ user_id: '42' })).toBe(1)
  await expect(store.createSession({ user_id: '42' })).rejects.toMatchObject({ code: 'SOJOURN_SESSION_LIMIT' })
})
