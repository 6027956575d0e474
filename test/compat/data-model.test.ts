/** What the drop-ins leave in Redis is what the store, the CLI and other languages read. */
import { randomUUID } from 'node:crypto'
import { createClient } from 'redis'
import { afterAll, describe, expect, inject, test, vi } from 'vitest'
import { mintSessionId } from '../../src/compat/express-session.ts'
import { RedisSessionStore, sessionHandle } from '../../src/index.ts'
import { holdTime } from './support/benches.ts'
import { FACES } from './support/faces.ts'

const client = await createClient({ url: inject('redis').url }).connect()
afterAll(() => client.close())

const TIMESTAMP = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/)
const ODD = { created_at: 1, 'sojourn:x': 2, 'property:y': 3, '': 4 }

describe.each(FACES)('$name', ({ open, session }) => {
  const make = (options: { hashIds?: boolean; ttl?: number } = {}) => {
    const prefix = `model:${randomUUID()}:`
    const store = open({ client, prefix, commandTimeout: 10_000, ...options })
    return { prefix, store, fields: async (id: string) => ({ ...(await client.hGetAll(prefix + id)) }) }
  }
  const plain = (properties = {}) => {
    const json = Object.entries(session(properties)).map(([name, value]) => [name, JSON.stringify(value)])
    return Object.fromEntries(json) as Record<string, string>
  }

  test('each property is a field with its value as JSON, beside the reserved fields', async () => {
    const { prefix, store, fields } = make({ ttl: 120 })
    const properties = { user: 'andrew', views: 3, cart: { items: ['tea'] }, none: null }
    await store.set('id', session(properties))
    expect(await fields('id')).toEqual({
      ...plain(properties),
      session_ttl: '120',
      created_at: TIMESTAMP,
      last_accessed_at: TIMESTAMP,
    })
    expect(await client.pTTL(`${prefix}id`)).toBeGreaterThan(110_000)
  })

  test('a session that ends with its cookie bears a mark, and no read keeps it longer', async () => {
    const { prefix, store, fields } = make({ ttl: 7200 })
    await store.set('id', session({}, 'minute'))
    expect(await fields('id')).toMatchObject({ session_ttl: '60', 'sojourn:fixed': '1' })
    await client.pExpire(`${prefix}id`, 5000)
    const read = (await store.get('id')) as object
    expect(await client.pTTL(`${prefix}id`)).toBeLessThanOrEqual(5000)
    await store.set('id', Object.assign(read, session({}, 'browser'), { _expire: undefined, _maxAge: undefined }))
    expect(await fields('id')).not.toHaveProperty('sojourn:fixed')
    expect(await client.pTTL(`${prefix}id`)).toBeGreaterThan(7_100_000)
  })

  test('counting in a session that ends with its cookie does not keep it longer', async () => {
    const { prefix, store } = make({ ttl: 7200 })
    await store.set('id', session({ views: 1 }, 'minute'))
    await client.pExpire(`${prefix}id`, 5000)
    expect(await store.increment('id', 'views', 2)).toBe(3)
    expect(await client.pTTL(`${prefix}id`)).toBeLessThanOrEqual(5000)
  })

  test('a save that leaves the end of its cookie as it was does not keep the session longer', async () => {
    const { prefix, store } = make({ ttl: 7200 })
    await store.set('id', session({}, 'minute'))
    await client.pExpire(`${prefix}id`, 5000)
    const read = (await store.get('id')) as object
    await store.set('id', Object.assign(read, { user: 'andrew' }))
    expect(await store.get('id')).toMatchObject({ user: 'andrew' })
    expect(await client.pTTL(`${prefix}id`)).toBeLessThanOrEqual(5000)
  })

  test('a read begins the time of any other session again', async () => {
    const { prefix, store } = make({ ttl: 120 })
    await store.set('id', session())
    await client.pExpire(`${prefix}id`, 5000)
    await store.get('id')
    expect(await client.pTTL(`${prefix}id`)).toBeGreaterThan(110_000)
  })

  test('a session that is destroyed and made again, without waiting in between, is there', async () => {
    const { store } = make()
    await store.destroy('other') // a server that does not know the script yet would get it later than the next one
    await store.set('id', session({ views: 1 }))
    const destroyed = store.destroy('id')
    await store.set('id', session({ views: 2 }))
    await destroyed
    expect(await store.get('id')).toMatchObject({ views: 2 })
  })

  test('a name that only sojourn may write stands behind property:', async () => {
    const { store, fields } = make()
    await store.set('id', session(ODD))
    expect(await fields('id')).toMatchObject({
      'property:created_at': '1',
      'property:sojourn:x': '2',
      'property:property:y': '3',
      'property:': '4',
      created_at: TIMESTAMP,
    })
    expect(await store.get('id')).toMatchObject(ODD)
  })

  test('fields of other programs are read, and stay as they are', async () => {
    const { prefix, store } = make()
    await store.set('id', session({ views: 1 }))
    const foreign = {
      username: 'andrew',
      spaced: '{ "a": [1] }',
      big: '9007199254740993',
      'property:x': '1',
      __proto__: '',
    }
    await client.hSet(`${prefix}id`, [...Object.entries(foreign).flat(), '__proto__', '{"evil":true}'])
    const read = (await store.get('id')) as Record<string, unknown>
    expect(read).toMatchObject({ username: 'andrew', spaced: { a: [1] } })
    expect(read).not.toHaveProperty('evil')
    expect(Object.keys(read)).not.toContain('__proto__')
    await store.set('id', Object.assign(read, { views: 2 }))
    const after = await client.sendCommand(['HMGET', `${prefix}id`, ...Object.keys(foreign), '__proto__', 'views'])
    expect(after).toEqual([...Object.values(foreign), '{"evil":true}', '2'])
  })

  test('the store opens a session whose ID is one of its own, and sees what the drop-in writes', async () => {
    const { prefix, store } = make()
    const id = mintSessionId()
    await store.set(id, session({ views: 1 }))
    const direct = new RedisSessionStore({ client, prefix })
    expect(await direct.incrementField(id, 'views', 4)).toBe(5)
    expect(await direct.updateSession(id, { user: '"andrew"' })).toBe(true)
    expect(await store.get(id)).toMatchObject({ views: 5, user: 'andrew' })
    const next = (await direct.rotateSession(id, { grace: 30 })) as string
    const read = (await store.get(id)) as object
    await store.set(id, Object.assign(read, { views: 6 }))
    expect((await direct.getSession(next))?.views).toBe('6')
    expect(await direct.deleteSession(next)).toBe(true)
    expect(await store.get(id)).toBe(null)
  })

  test('with hashIds no ID is in Redis, and the store lists sessions by handle', async () => {
    const { prefix, store } = make({ hashIds: true })
    await store.set('a-ticket', session({ user: 'andrew' }))
    expect(await client.keys(`${prefix}*`)).toEqual([prefix + sessionHandle('a-ticket')])
    expect(await store.ids()).toEqual([sessionHandle('a-ticket')])
    expect(await store.all()).toEqual([{ ...session({ user: 'andrew' }), id: sessionHandle('a-ticket') }])
    for await (const { handle } of new RedisSessionStore({ client, prefix, hashIds: true }).listSessions()) {
      expect(handle).toBe(sessionHandle('a-ticket'))
    }
    await store.destroy('a-ticket')
    expect(await client.keys(`${prefix}*`)).toEqual([])
  })

  test('what is no session is absent, and is neither read nor written', async () => {
    const { prefix, store, fields } = make()
    await client.hSet(`${prefix}half`, { user: '"andrew"', session_ttl: '60' })
    await client.set(`${prefix}text`, JSON.stringify(session({ user: 'andrew' })))
    await client.lPush(`${prefix}list`, 'x')
    for (const id of ['half', 'text', 'list']) {
      await expect(store.set(id, session())).rejects.toThrow('taken by a key that holds no session')
      expect(await store.get(id)).toBe(null)
      expect(await store.increment(id, 'views')).toBe(null)
    }
    expect(await fields('half')).toEqual({ user: '"andrew"', session_ttl: '60' })
    expect(await store.length()).toBe(0)
    await store.clear()
    expect((await client.keys(`${prefix}*`)).length).toBe(3)
  })
})

describe('what would only move the end by less than a second', () => {
  holdTime()

  test.each(FACES.slice(0, 2))('is not written, and does not add up: $name', async ({ open, session }) => {
    const prefix = `model:${randomUUID()}:`
    const store = open({ client, prefix, commandTimeout: 10_000 })
    const start = Date.now()
    const at = (ms: number) => new Date(start + ms).toISOString()
    const cookieAt = (ms: number) => {
      vi.setSystemTime(start + ms)
      return { cookie: { ...(session().cookie as object), originalMaxAge: 60_000, expires: at(60_000 + ms) } }
    }
    const storedEnd = async () => JSON.parse((await client.hGet(`${prefix}id`, 'cookie')) as string).expires
    await store.set('id', cookieAt(0))
    const read = (await store.get('id')) as object
    await store.set('id', Object.assign(read, cookieAt(550)))
    expect(await storedEnd()).toBe(at(60_000))
    await store.set('id', Object.assign(read, cookieAt(950)))
    expect(await storedEnd()).toBe(at(60_950))
    await store.set('id', Object.assign(read, cookieAt(1500), { user: 'andrew' }))
    expect(await storedEnd()).toBe(at(60_950))
    await store.set('id', Object.assign(read, cookieAt(1900), { user: 'bert' }))
    expect(await storedEnd()).toBe(at(61_900))
  })
})

describe('a session without a cookie', () => {
  const store = (index: number) => FACES[index]?.open({ client, prefix: 'model:bare:', commandTimeout: 10_000 })
  test('is absent for express-session, which could not take it, and not for the others', async () => {
    await store(2)?.set('bare', { user: 'andrew', _session: true })
    expect(await store(0)?.get('bare')).toBe(null)
    expect(await store(1)?.get('bare')).toMatchObject({ user: 'andrew' })
  })
})
