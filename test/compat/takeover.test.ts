/** What becomes of another store's string: for each middleware, field by field. */
import { randomUUID } from 'node:crypto'
import { createClient } from 'redis'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { FACES } from './support/faces.ts'

const client = await createClient({ url: inject('redis').url }).connect()
afterAll(() => client.close())

describe.each(FACES)('$name', ({ open, session }) => {
  const make = () => {
    const prefix = `takeover:${randomUUID()}:`
    const options = { client, prefix, commandTimeout: 10_000, ttl: 7200, migrateFrom: { prefix: `old:${prefix}` } }
    return { store: open(options), oldKey: `old:${prefix}id`, newKey: `${prefix}id` }
  }

  test.each([
    ['browser', '7200', undefined],
    ['minute', '60', '1'],
  ] as const)('a session with a %s cookie keeps its properties and its TTL', async (cookie, ttl, fixed) => {
    const { store, oldKey, newKey } = make()
    const properties = session({ user: 'andrew', cart: { items: [[], {}] }, created_at: 1e21, n: 2 ** 53 }, cookie)
    await client.set(oldKey, JSON.stringify(properties), { expiration: { type: 'PX', value: 30_000 } })
    expect(await store.get('id')).toMatchObject(properties)
    const fields = await client.hGetAll(newKey)
    expect({ ...fields }).toMatchObject({
      user: '"andrew"',
      cart: '{"items":[[],{}]}',
      'property:created_at': '1e+21',
      n: '9007199254740992',
      session_ttl: ttl,
      created_at: expect.stringMatching(/^\d{4}-/),
    })
    expect(fields['sojourn:fixed']).toBe(fixed)
    expect(await client.pTTL(newKey)).toBeLessThanOrEqual(30_000)
    expect(await client.pTTL(newKey)).toBeGreaterThan(20_000)
    expect(await client.exists(oldKey)).toBe(0)
  })

  test('a session that ends in the year 9999 is taken over, listed and cleared like any other', async () => {
    const { store, oldKey, newKey } = make()
    const [never, left] = [253_402_300_000_000, 251_000_000_000_000]
    const properties = { ...session({ user: 'andrew' }, 'minute'), _expire: never }
    const old = { ...properties, cookie: { ...(properties as { cookie?: object }).cookie, expires: new Date(never) } }
    await client.set(oldKey, JSON.stringify(old), { expiration: { type: 'PX', value: left } })
    expect(await store.get('id')).toMatchObject({ user: 'andrew' })
    expect(await client.pTTL(newKey)).toBeGreaterThan(left - 60_000)
    expect(await store.ids()).toEqual(['id'])
    await store.clear()
    expect(await client.exists(newKey)).toBe(0)
  })

  test('the next use begins its time again, by the rules of this store', async () => {
    const { store, oldKey, newKey } = make()
    await client.set(oldKey, JSON.stringify(session({ user: 'andrew' })), { expiration: { type: 'PX', value: 30_000 } })
    await store.get('id')
    await store.get('id')
    expect(await client.ttl(newKey)).toBeGreaterThan(7000)
  })

  test('a save of a session that has ended since it was taken over brings back neither the hash nor the string', async () => {
    const { store, oldKey, newKey } = make()
    await client.set(oldKey, JSON.stringify(session({ user: 'andrew' })))
    const read = (await store.get('id')) as Record<string, unknown>
    await store.destroy('id')
    await store.set('id', Object.assign(read, { views: 1 }))
    expect(await client.exists([oldKey, newKey])).toBe(0)
  })
})
