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
