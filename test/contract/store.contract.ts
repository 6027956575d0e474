/** What every store must do: run on each engine, client and topology. */
import { describe, expect, test } from 'vitest'
import type { SessionData, SessionStore, StoreOptions } from '../../src/index.ts'
import { eventually } from '../support/redis/eventually.ts'

export interface Bench {
  /** A store of its own, with nothing in it. */
  store(options?: StoreOptions): SessionStore
  /** Lets the session grow older, as if so many seconds had passed since its last command. */
  age(store: SessionStore, id: string, seconds: number): Promise<void>
}

const MALFORMED = [
  '',
  'short',
  `${'A'.repeat(42)}`,
  `${'A'.repeat(44)}`,
  `${'A'.repeat(42)}B`,
  `${'A'.repeat(42)}=`,
  'A'.repeat(8192),
  `${'A'.repeat(42)}\0`,
  `{${'A'.repeat(41)}}`,
  '../../../../../../../../../../../../../../..',
  `${'A'.repeat(41)}\r\n`,
  null,
  undefined,
  42,
  {},
]
const UNKNOWN = `${'A'.repeat(42)}A`
const GUIDES = ['created_at', 'last_accessed_at', 'session_ttl']
const RESERVED = [...GUIDES, 'sojourn:deadline', 'sojourn:anything']
const BAD_TTLS = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '60', '60abc', '1e3', null, {}]

export function describeStore(bench: Bench): void {
  describe('createSession', () => {
    test('keeps the fields and adds the reserved ones', async () => {
      const store = bench.store({ ttl: 120 })
      const id = await store.createSession({ username: 'andrew', page_views: '0' })
      expect(id).toMatch(/^[\w-]{43}$/)
      const session = await store.getSession(id)
      expect({ ...session }).toEqual({
        username: 'andrew',
        page_views: '0',
        session_ttl: '120',
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/),
        last_accessed_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/),
      })
    })

    test('needs no data', async () => {
      const store = bench.store()
      expect(Object.keys((await store.getSession(await store.createSession())) as SessionData).sort()).toEqual([
        'created_at',
        'last_accessed_at',
        'session_ttl',
      ])
    })

    test('leaves out reserved names', async () => {
      const store = bench.store({ ttl: 60 })
      const data = Object.fromEntries(RESERVED.map((name) => [name, '999']))
      const session = await store.getSession(await store.createSession({ ...data, kept: 'yes' }))
      expect(session).toMatchObject({ kept: 'yes', session_ttl: '60' })
      expect(session?.created_at).not.toBe('999')
      expect(session).not.toHaveProperty('sojourn:anything')
    })

    test('takes the TTL as an option or as a bare number', async () => {
      const store = bench.store()
      expect(await store.getConfiguredTtl(await store.createSession({}, { ttl: 7 }))).toBe(7)
      expect(await store.getConfiguredTtl(await store.createSession({}, 8))).toBe(8)
      expect(await store.getConfiguredTtl(await store.createSession())).toBe(1800)
    })

    test('takes no data that keeps its entries elsewhere than in properties', async () => {
      const refused = { code: 'SOJOURN_INVALID_ARGUMENT' }
      const store = bench.store()
      for (const data of [new Map([['a', '1']]), new URLSearchParams('a=1'), ['a'], 'a']) {
        await expect(store.createSession(data as never)).rejects.toMatchObject(refused)
      }
    })

    test('gives each session an ID of its own', async () => {
      const store = bench.store()
      const ids = await Promise.all(Array.from({ length: 50 }, () => store.createSession()))
      expect(new Set(ids).size).toBe(50)
    })
  })

  describe('getSession', () => {
    test('any field name is safe', async () => {
      const store = bench.store()
      const data = JSON.parse(
        '{"__proto__":"a","constructor":"b","toString":"c","hasOwnProperty":"d"," ":"e","ключ":"ж","":"x"}',
      )
      delete data['']
      const session = await store.getSession(await store.createSession(data))
      expect(Object.getPrototypeOf(session)).toBe(null)
      for (const [name, value] of Object.entries(data))
        expect(Object.entries(session as object)).toContainEqual([name, value])
      expect(({} as Record<string, unknown>).a).toBeUndefined()
    })

    test('values come back to the letter', async () => {
      const store = bench.store()
      const data = {
        empty: '',
        quotes: `"'\\`,
        lines: 'a\r\nb\0c',
        wide: '日本 🎈 é',
        digits: '007',
        json: '{"a":[1]}',
      }
      expect({ ...(await store.getSession(await store.createSession(data))) }).toMatchObject(data)
    })

    test('refreshes the TTL, unless told not to', async () => {
      const store = bench.store({ ttl: 100 })
      const id = await store.createSession()
      await bench.age(store, id, 40)
      await store.getSession(id, false)
      expect(await store.getTtl(id)).toBe(60)
      await store.getSession(id, { refresh: false })
      expect(await store.getTtl(id)).toBe(60)
      await store.getSession(id)
      expect(await store.getTtl(id)).toBe(100)
    })

    test('a session may live for thousands of years', async () => {
      for (const ttl of [251_638_356_781, 8_000_000_000_000]) {
        const store = bench.store({ ttl })
        const id = await store.createSession({ views: '1' }, { absoluteTtl: ttl })
        expect(await store.getTtl(id)).toBe(ttl)
        expect(await store.incrementField(id, 'views')).toBe(2)
        const next = (await store.rotateSession(id)) as string
        expect(await store.readSession(next)).toMatchObject({ data: { views: '2' }, ttl })
        expect(await store.getTtl(next)).toBe(ttl)
      }
    })

    test('moves last_accessed_at, never created_at', async () => {
      const store = bench.store({ ttl: 100 })
      const id = await store.createSession()
      await bench.age(store, id, 40)
      const before = (await store.getSession(id, false)) as SessionData
      const after = (await store.getSession(id)) as SessionData
      expect(
        Date.parse(after.last_accessed_at as string) - Date.parse(before.last_accessed_at as string),
      ).toBeGreaterThanOrEqual(39_000)
      expect(after.created_at).toBe(before.created_at)
    })
  })

  describe('updateSession', () => {
    test('sets the fields, keeps the others and refreshes', async () => {
      const store = bench.store({ ttl: 100 })
      const id = await store.createSession({ a: '1', b: '2' })
      await bench.age(store, id, 40)
      expect(await store.updateSession(id, { b: '3', c: '4' })).toBe(true)
      expect({ ...(await store.getSession(id, false)) }).toMatchObject({ a: '1', b: '3', c: '4' })
      expect(await store.getTtl(id)).toBe(100)
    })

    test('empty data on a live session is true', async () => {
      const store = bench.store()
      expect(await store.updateSession(await store.createSession(), {})).toBe(true)
      expect(await store.updateSession(UNKNOWN, {})).toBe(false)
    })

    test('removes and sets in one step; what is in both is set', async () => {
      const store = bench.store()
      const id = await store.createSession({ a: '1', b: '2', c: '3' })
      expect(await store.updateSession(id, { b: 'new', d: '4' }, { remove: ['a', 'b', 'session_ttl'], ttl: 77 })).toBe(
        true,
      )
      const session = (await store.getSession(id)) as SessionData
      expect(session).toMatchObject({ b: 'new', c: '3', d: '4', session_ttl: '77' })
      expect('a' in session).toBe(false)
    })

    test('cannot write a reserved name', async () => {
      const store = bench.store({ ttl: 60, absoluteTtl: 1000 })
      const id = await store.createSession()
      const before = { ...(await store.getSession(id, false)) }
      expect(await store.updateSession(id, Object.fromEntries(RESERVED.map((name) => [name, '999999'])))).toBe(true)
      expect({ ...(await store.getSession(id, false)), last_accessed_at: '' }).toEqual({
        ...before,
        last_accessed_at: '',
      })
      await bench.age(store, id, 50)
      expect(await store.getTtl(id)).toBe(10)
    })
  })

  describe('deleteFields', () => {
    test('counts what was there', async () => {
      const store = bench.store()
      const id = await store.createSession({ a: '1', b: '2' })
      expect(await store.deleteFields(id, ['a', 'nowhere'])).toBe(1)
      expect(await store.deleteFields(id, [])).toBe(0)
      expect(Object.keys((await store.getSession(id)) as SessionData)).not.toContain('a')
      expect(await store.deleteFields(UNKNOWN, ['a'])).toBe(null)
    })

    test('nobody removes a reserved field', async () => {
      const store = bench.store()
      const id = await store.createSession()
      expect(await store.deleteFields(id, RESERVED)).toBe(0)
      expect(await store.getSession(id)).not.toBe(null)
    })
  })

  describe('incrementField', () => {
    test('adds, from 0 when the field is not there, and refreshes', async () => {
      const store = bench.store({ ttl: 100 })
      const id = await store.createSession({ page_views: '0' })
      await bench.age(store, id, 40)
      expect(await store.incrementField(id, 'page_views')).toBe(1)
      expect(await store.getTtl(id)).toBe(100)
      expect(await store.incrementField(id, 'page_views', 10)).toBe(11)
      expect(await store.incrementField(id, 'page_views', -12)).toBe(-1)
      expect(await store.incrementField(id, 'fresh', 5)).toBe(5)
    })

    test('is exact beyond 2^53', async () => {
      const store = bench.store()
      const id = await store.createSession({ n: '9007199254740991' })
      expect(await store.incrementField(id, 'n')).toBe(9007199254740992n)
      expect(await store.incrementField(id, 'n')).toBe(9007199254740993n)
      expect(await store.incrementField(id, 'n', -9007199254740993n)).toBe(0n)
      expect(await store.incrementField(id, 'n', 9223372036854775807n)).toBe(9223372036854775807n)
    })

    test.each(['abc', '', '1.5', '1e3', ' 1', '+1', '01', '-0', '9223372036854775808'])(
      'a stored %j is an error, and nothing changes',
      async (stored) => {
        const store = bench.store({ ttl: 100 })
        const id = await store.createSession({ n: stored })
        await bench.age(store, id, 40)
        await expect(store.incrementField(id, 'n')).rejects.toMatchObject({ code: 'SOJOURN_NOT_AN_INTEGER' })
        expect((await store.getSession(id, false))?.n).toBe(stored)
        expect(await store.getTtl(id)).toBe(60)
      },
    )

    test('overflow is an error, and nothing changes', async () => {
      const store = bench.store({ ttl: 100 })
      const id = await store.createSession({ up: '9223372036854775807', down: '-9223372036854775808' })
      await bench.age(store, id, 40)
      await expect(store.incrementField(id, 'up')).rejects.toMatchObject({ code: 'SOJOURN_INTEGER_OVERFLOW' })
      await expect(store.incrementField(id, 'down', -1)).rejects.toMatchObject({ code: 'SOJOURN_INTEGER_OVERFLOW' })
      expect((await store.getSession(id, false))?.up).toBe('9223372036854775807')
      expect(await store.getTtl(id)).toBe(60)
    })

    test.each(RESERVED)('the reserved field %s is an error, and nothing changes', async (field) => {
      const store = bench.store({ ttl: 100 })
      const id = await store.createSession()
      const before = { ...(await store.getSession(id, false)) }
      await expect(store.incrementField(id, field)).rejects.toMatchObject({ code: 'SOJOURN_RESERVED_FIELD' })
      expect({ ...(await store.getSession(id, false)) }).toEqual(before)
    })

    test.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2n ** 63n, '1', null])(
      'an amount of %s is an error',
      async (amount) => {
        const store = bench.store()
        const id = await store.createSession({ n: '1' })
        await expect(store.incrementField(id, 'n', amount as number)).rejects.toMatchObject({
          code: 'SOJOURN_INVALID_ARGUMENT',
        })
        expect((await store.getSession(id))?.n).toBe('1')
      },
    )
  })

  describe('lifetimes', () => {
    test('setSessionTtl stores and applies', async () => {
      const store = bench.store()
      const id = await store.createSession()
      expect(await store.setSessionTtl(id, 5)).toBe(true)
      expect(await store.getConfiguredTtl(id)).toBe(5)
      expect(await store.getTtl(id)).toBe(5)
      expect((await store.getSession(id))?.session_ttl).toBe('5')
      expect(await store.setSessionTtl(UNKNOWN, 5)).toBe(false)
    })

    test('touchSession refreshes without reading', async () => {
      const store = bench.store({ ttl: 100 })
      const id = await store.createSession()
      await bench.age(store, id, 99)
      expect(await store.touchSession(id)).toBe(true)
      expect(await store.getTtl(id)).toBe(100)
      expect(await store.touchSession(UNKNOWN)).toBe(false)
    })

    test('an expired session is absent and nothing brings it back', async () => {
      const store = bench.store({ ttl: 10 })
      const id = await store.createSession({ n: '1' })
      await bench.age(store, id, 10)
      await expectAbsent(store, id)
    })

    test('no touch, new TTL, increment or rotation extends the absolute lifetime', async () => {
      const store = bench.store({ ttl: 60, absoluteTtl: 100 })
      let id = await store.createSession()
      await bench.age(store, id, 50)
      await store.getSession(id)
      expect(await store.getTtl(id)).toBe(50)
      await store.setSessionTtl(id, 5000)
      expect(await store.getTtl(id)).toBe(50)
      await store.incrementField(id, 'n')
      await store.touchSession(id)
      expect(await store.getTtl(id)).toBe(50)
      id = (await store.rotateSession(id)) as string
      expect(await store.getTtl(id)).toBe(50)
      await bench.age(store, id, 50)
      await expectAbsent(store, id)
    })

    test('absoluteTtl can be given or lifted per session', async () => {
      const store = bench.store({ ttl: 60, absoluteTtl: 30 })
      expect(await store.getTtl(await store.createSession())).toBe(30)
      expect(await store.getTtl(await store.createSession({}, { absoluteTtl: 10 }))).toBe(10)
      expect(await store.getTtl(await store.createSession({}, { absoluteTtl: null }))).toBe(60)
    })

    test('within touchInterval a read does not touch; after it, it does', async () => {
      const store = bench.store({ ttl: 100, touchInterval: 30 })
      // Until the store has learned what time it is there, in the background, each read touches.
      await eventually('a read that does not touch', async () => {
        const other = await store.createSession()
        await bench.age(store, other, 20)
        await store.getSession(other)
        return (await store.getTtl(other)) === 80
      })
      const id = await store.createSession()
      await bench.age(store, id, 20)
      expect(await store.getSession(id)).not.toBe(null)
      expect(await store.getTtl(id)).toBe(80)
      await bench.age(store, id, 20)
      expect(await store.getSession(id)).not.toBe(null)
      expect(await store.getTtl(id)).toBe(100)
    })

    test('a session whose own TTL is within touchInterval is touched by each read', async () => {
      const store = bench.store({ ttl: 100, touchInterval: 30 })
      const id = await store.createSession({}, 10)
      await store.getSession(id)
      await bench.age(store, id, 5)
      await store.getSession(id)
      expect(await store.getTtl(id)).toBe(10)
    })
  })

  describe('rotateSession', () => {
    test('keeps the data and kills the old ID', async () => {
      const store = bench.store({ ttl: 60 })
      const old = await store.createSession({ a: '1', b: '2' })
      const created = (await store.getSession(old))?.created_at
      const next = (await store.rotateSession(old, { data: { b: '3', created_at: 'x' } })) as string
      expect(next).not.toBe(old)
      expect({ ...(await store.getSession(next)) }).toMatchObject({
        a: '1',
        b: '3',
        created_at: created,
        session_ttl: '60',
      })
      await expectAbsent(store, old)
    })

    test('within grace, the old ID reads and writes the new session', async () => {
      const store = bench.store({ ttl: 600 })
      const old = await store.createSession({ n: '1' })
      const next = (await store.rotateSession(old, { grace: 30 })) as string
      expect((await store.getSession(old))?.n).toBe('1')
      expect(await store.updateSession(old, { a: 'from old' })).toBe(true)
      expect(await store.incrementField(old, 'n')).toBe(2)
      expect(await store.setSessionTtl(old, 500)).toBe(true)
      expect(await store.getConfiguredTtl(next)).toBe(500)
      expect({ ...(await store.getSession(next)) }).toMatchObject({ a: 'from old', n: '2' })
      expect(await store.deleteFields(old, ['a'])).toBe(1)
      await bench.age(store, old, 30)
      await expectAbsent(store, old)
      expect((await store.getSession(next))?.n).toBe('2')
    })

    test('within grace, ending by the old ID ends the new session', async () => {
      const store = bench.store()
      const old = await store.createSession()
      const next = (await store.rotateSession(old, { grace: 30 })) as string
      expect(await store.deleteSession(old)).toBe(true)
      await expectAbsent(store, next)
      await expectAbsent(store, old)
    })

    test('within grace, a chain of rotations is followed', async () => {
      const store = bench.store()
      const first = await store.createSession({ n: '0' })
      const second = (await store.rotateSession(first, { grace: 30 })) as string
      const third = (await store.rotateSession(second, { grace: 30 })) as string
      expect(await store.incrementField(first, 'n')).toBe(1)
      expect((await store.getSession(third))?.n).toBe('1')
    })

    test('two at once make one successor', async () => {
      const store = bench.store()
      const old = await store.createSession({ n: '1' })
      const [a, b] = await Promise.all([
        store.rotateSession(old, { grace: 30, data: { a: '1' } }),
        store.rotateSession(old, { grace: 30, data: { b: '1' } }),
      ])
      expect(a).toBe(b)
      expect({ ...(await store.getSession(a as string)) }).toMatchObject({ n: '1', a: '1', b: '1' })
    })

    test('two at once without grace: one wins, the other is absent', async () => {
      const store = bench.store()
      const old = await store.createSession()
      const ids = await Promise.all([store.rotateSession(old), store.rotateSession(old)])
      expect(ids.filter((id) => id !== null)).toHaveLength(1)
    })

    test('a login within the grace period of another rotation leaves no way in by the old ID', async () => {
      const store = bench.store()
      const old = await store.createSession()
      const renewed = (await store.rotateSession(old, { grace: 30 })) as string
      const loggedIn = (await store.rotateSession(old, { authenticated: true, data: { username: 'andrew' } })) as string
      expect((await store.getSession(loggedIn))?.username).toBe('andrew')
      await expectAbsent(store, renewed)
      await expectAbsent(store, old)
    })

    test('keeps when the visitor authenticated', async () => {
      const store = bench.store()
      const anonymous = await store.createSession()
      expect((await store.readSession(anonymous))?.authenticatedAt).toBe(null)
      const id = (await store.rotateSession(anonymous, { authenticated: true })) as string
      const record = await store.readSession(id)
      expect(record?.authenticatedAt).toBe(record?.data.last_accessed_at)
      const again = (await store.rotateSession(id)) as string
      expect((await store.readSession(again))?.authenticatedAt).toBe(record?.authenticatedAt)
      expect(Object.keys(record?.data ?? {})).not.toContain('sojourn:authenticated_at')
    })

    test('increments crossing a rotation with grace all count', async () => {
      const store = bench.store()
      const old = await store.createSession({ n: '0' })
      const increments = Array.from({ length: 40 }, () => store.incrementField(old, 'n'))
      const rotation = store.rotateSession(old, { grace: 30 })
      const more = Array.from({ length: 40 }, () => store.incrementField(old, 'n'))
      const results = await Promise.all([...increments, ...more])
      expect(results).not.toContain(null)
      expect((await store.getSession((await rotation) as string))?.n).toBe('80')
    })
  })

  describe('deleteSession', () => {
    test('ends it for good', async () => {
      const store = bench.store()
      const id = await store.createSession({ n: '1' })
      expect(await store.deleteSession(id)).toBe(true)
      expect(await store.deleteSession(id)).toBe(false)
      await expectAbsent(store, id)
    })

    test('writes that cross it never bring the session back', async () => {
      const store = bench.store()
      for (let round = 0; round < 20; round++) {
        const id = await store.createSession({ n: '1' })
        await Promise.all([
          store.updateSession(id, { a: '1' }),
          store.incrementField(id, 'n'),
          store.deleteSession(id),
          store.touchSession(id),
          store.setSessionTtl(id, 50),
          store.updateSession(id, { b: '1' }),
          store.incrementField(id, 'n'),
          store.getSession(id),
        ])
        await expectAbsent(store, id)
      }
    })
  })

  describe('concurrency', () => {
    test('different fields all win, increments add up', async () => {
      const store = bench.store()
      const id = await store.createSession({ n: '0' })
      await Promise.all(
        Array.from({ length: 20 }, (_, i) => [
          store.updateSession(id, { [`f${i}`]: String(i) }),
          store.incrementField(id, 'n'),
        ]).flat(),
      )
      const session = (await store.getSession(id)) as SessionData
      expect(session.n).toBe('20')
      for (let i = 0; i < 20; i++) expect(session[`f${i}`]).toBe(String(i))
    })
  })

  describe('listSessions', () => {
    test('lists live sessions by handle, with times and TTLs', async () => {
      const { sessionHandle } = await import('../../src/index.ts')
      const store = bench.store({ ttl: 50 })
      const ids = await Promise.all(Array.from({ length: 30 }, () => store.createSession()))
      await store.deleteSession(ids.pop() as string)
      await store.rotateSession(ids.pop() as string, { grace: 10 }).then((id) => ids.push(id as string))
      const listed = new Map<string, unknown>()
      for await (const session of store.listSessions()) listed.set(session.handle, session)
      expect([...listed.keys()].sort()).toEqual(ids.map(sessionHandle).sort())
      expect(listed.get(sessionHandle(ids[0] as string))).toEqual({
        handle: sessionHandle(ids[0] as string),
        createdAt: expect.any(Date),
        lastAccessedAt: expect.any(Date),
        configuredTtl: 50,
        ttl: 50,
      })
    })
  })

  describe('absent', () => {
    test('an ID that the store does not know', async () => {
      await expectAbsent(bench.store(), UNKNOWN)
    })

    test.each(MALFORMED)('the malformed ID %j', async (id) => {
      await expectAbsent(bench.store(), id as string)
    })
  })

  describe('bad input', () => {
    test.each(BAD_TTLS)('a TTL of %j', async (ttl) => {
      const store = bench.store({ ttl: 100 })
      const id = await store.createSession()
      const invalid = { code: 'SOJOURN_INVALID_ARGUMENT', name: 'InvalidArgumentError' }
      await expect(store.createSession({}, { ttl: ttl as number })).rejects.toMatchObject(invalid)
      if (ttl !== null)
        await expect(store.createSession({}, { absoluteTtl: ttl as number })).rejects.toMatchObject(invalid)
      await expect(store.setSessionTtl(id, ttl as number)).rejects.toMatchObject(invalid)
      await expect(store.updateSession(id, {}, { ttl: ttl as number })).rejects.toMatchObject(invalid)
      expect(await store.getConfiguredTtl(id)).toBe(100)
      expect(() => bench.store({ ttl: ttl as number })).toThrow(/ttl must be/)
    })

    test.each([
      [{ a: 1 }],
      [{ a: null }],
      [{ a: undefined }],
      [{ a: {} }],
      [{ a: '\ud800' }],
      [{ '': 'x' }],
      [{ ['x'.repeat(1025)]: 'x' }],
      [{ '\udc00': 'x' }],
      [null],
      ['text'],
      [['a']],
    ])('data of %j', async (data) => {
      const store = bench.store()
      const id = await store.createSession({ kept: '1' })
      const invalid = { code: 'SOJOURN_INVALID_ARGUMENT' }
      await expect(store.createSession(data as unknown as SessionData)).rejects.toMatchObject(invalid)
      await expect(store.updateSession(id, data as unknown as SessionData)).rejects.toMatchObject(invalid)
      if (data !== null)
        await expect(store.rotateSession(id, { data: data as unknown as SessionData })).rejects.toMatchObject(invalid)
      expect((await store.getSession(id))?.kept).toBe('1')
    })

    test('field names', async () => {
      const store = bench.store()
      const id = await store.createSession()
      for (const field of ['', 'x'.repeat(1025), '\ud800', 1, null]) {
        await expect(store.incrementField(id, field as string)).rejects.toMatchObject({
          code: 'SOJOURN_INVALID_ARGUMENT',
        })
        await expect(store.deleteFields(id, [field as string])).rejects.toMatchObject({
          code: 'SOJOURN_INVALID_ARGUMENT',
        })
      }
      await expect(store.deleteFields(id, 'a' as unknown as string[])).rejects.toMatchObject({
        code: 'SOJOURN_INVALID_ARGUMENT',
      })
    })

    test('a grace period that is no whole number of seconds', async () => {
      const store = bench.store()
      const id = await store.createSession()
      for (const grace of [-1, 0.5, Number.NaN, '1']) {
        await expect(store.rotateSession(id, { grace: grace as number })).rejects.toMatchObject({
          code: 'SOJOURN_INVALID_ARGUMENT',
        })
      }
      expect(await store.getSession(id)).not.toBe(null)
    })

    test.each([
      { ttl: 10, touchInterval: 10 },
      { touchInterval: -1 },
      { maxFields: 0 },
      { maxFieldBytes: 1.5 },
      { absoluteTtl: 0 },
      { tll: 5 },
    ])('options %j throw at construction', (options) => {
      expect(() => bench.store(options as StoreOptions)).toThrow(
        expect.objectContaining({ code: 'SOJOURN_INVALID_ARGUMENT' }),
      )
    })
  })

  describe('limits', () => {
    const limits = { maxFields: 3, maxFieldBytes: 20, maxSessionBytes: 40 }
    const refused = { code: 'SOJOURN_LIMIT_EXCEEDED' }

    test('are checked when a session is made', async () => {
      const store = bench.store(limits)
      await expect(store.createSession({ a: '1', b: '2', c: '3', d: '4' })).rejects.toMatchObject(refused)
      await expect(store.createSession({ a: 'é'.repeat(10) })).rejects.toMatchObject(refused)
      await expect(
        store.createSession({ a: 'x'.repeat(18), b: 'x'.repeat(18), c: 'x'.repeat(2) }),
      ).rejects.toMatchObject(refused)
      expect(await store.createSession({ a: 'x'.repeat(18), b: 'x'.repeat(18), c: 'x' })).toBeTypeOf('string')
    })

    test('count what the session holds already', async () => {
      const store = bench.store(limits)
      const id = await store.createSession({ a: '1', b: '2', c: '3' })
      const before = { ...(await store.getSession(id, false)) }
      await expect(store.updateSession(id, { d: '4' })).rejects.toMatchObject(refused)
      await expect(store.incrementField(id, 'd')).rejects.toMatchObject(refused)
      await expect(store.rotateSession(id, { data: { d: '4' } })).rejects.toMatchObject(refused)
      await expect(store.updateSession(id, { a: 'x'.repeat(19), b: 'x'.repeat(19) })).rejects.toMatchObject(refused)
      expect({ ...(await store.getSession(id, false)) }).toEqual(before)
      expect(await store.updateSession(id, { d: '4' }, { remove: ['a'] })).toBe(true)
    })

    test('do not keep a session that is beyond them from changing, as long as nothing in it grows', async () => {
      const store = bench.store(limits)
      const id = await store.createSession({ a: 'x'.repeat(18), b: 'x'.repeat(18), n: '9' })
      expect(await store.incrementField(id, 'n')).toBe(10)
      expect(await store.updateSession(id, { a: 'y'.repeat(18), b: '' })).toBe(true)
      expect(await store.updateSession(id, { b: 'x'.repeat(17) })).toBe(true)
      await expect(store.updateSession(id, { b: 'x'.repeat(18) })).rejects.toMatchObject(refused)
      await expect(store.updateSession(id, { b: 'é'.repeat(9) })).rejects.toMatchObject(refused)
      await expect(store.updateSession(id, { c: '' })).rejects.toMatchObject(refused)
      expect(await store.getSession(id, false)).toMatchObject({ a: 'y'.repeat(18), b: 'x'.repeat(17), n: '10' })
    })

    test('may be high: thousands of fields are created, changed and removed in one call each', async () => {
      const store = bench.store({ maxFields: 12_000, maxSessionBytes: 1_000_000 })
      const names = Array.from({ length: 10_000 }, (_, i) => `field${i}`)
      const all = (value: string) => Object.fromEntries(names.map((name) => [name, value]))
      const id = await store.createSession(all('1'))
      expect(await store.updateSession(id, all('2'))).toBe(true)
      expect(await store.updateSession(id, all('33'))).toBe(true)
      expect(await store.getSession(id)).toMatchObject(all('33'))
      expect(await store.updateSession(id, { left: '1' }, { remove: names })).toBe(true)
      expect(Object.keys((await store.getSession(id)) as SessionData).sort()).toEqual([...GUIDES, 'left'].sort())
      expect(await store.deleteFields(id, [...names, 'left'])).toBe(1)
    })

    test('leave room for a number where one is counted', async () => {
      const store = bench.store({ maxFieldBytes: 6 })
      const id = await store.createSession()
      expect(await store.incrementField(id, 'views')).toBe(1)
      await expect(store.incrementField(id, 'visits')).rejects.toMatchObject(refused)
    })
  })

  describe('AbortSignal', () => {
    test('an aborted signal rejects before anything is sent', async () => {
      const store = bench.store()
      const id = await store.createSession({ n: '1' })
      const signal = AbortSignal.abort(new Error('enough'))
      await expect(store.incrementField(id, 'n', 1, { signal })).rejects.toThrow('enough')
      await expect(store.createSession({}, { signal })).rejects.toThrow('enough')
      await expect(store.rotateSession(id, { signal })).rejects.toThrow('enough')
      await expect(store.listSessions({ signal }).next()).rejects.toThrow('enough')
      expect((await store.getSession(id))?.n).toBe('1')
    })

    test('aborting meanwhile rejects at once and leaves the connection in step', async () => {
      const store = bench.store()
      const id = await store.createSession({ n: '1' })
      const controller = new AbortController()
      const reads = Array.from({ length: 10 }, () => store.getSession(id, { signal: controller.signal }))
      controller.abort(new Error('gone'))
      for (const read of await Promise.allSettled(reads))
        expect(read).toMatchObject({ status: 'rejected', reason: { message: 'gone' } })
      const others = await Promise.all(Array.from({ length: 10 }, (_, i) => store.createSession({ i: String(i) })))
      const sessions = await Promise.all(others.map((other) => store.getSession(other)))
      expect(sessions.map((session) => session?.i)).toEqual(others.map((_, i) => String(i)))
    })
  })
}

/** Every operation finds nothing, and leaves nothing behind. */
async function expectAbsent(store: SessionStore, id: string): Promise<void> {
  for (let round = 0; round < 2; round++) {
    expect(await store.getSession(id)).toBe(null)
    expect(await store.getSession(id, false)).toBe(null)
    expect(await store.updateSession(id, { a: '1' })).toBe(false)
    expect(await store.deleteFields(id, ['a'])).toBe(null)
    expect(await store.incrementField(id, 'a')).toBe(null)
    expect(await store.setSessionTtl(id, 10)).toBe(false)
    expect(await store.getConfiguredTtl(id)).toBe(null)
    expect(await store.getTtl(id)).toBe(null)
    expect(await store.touchSession(id)).toBe(false)
    expect(await store.rotateSession(id)).toBe(null)
    expect(await store.deleteSession(id)).toBe(false)
  }
}
