/** What indexes must do: run on each engine, client and topology. */
import { describe, expect, test } from 'vitest'
import { type LoginEpoch, type SessionStore, type StoreOptions, sessionHandle } from '../../src/index.ts'
import type { Bench } from './store.contract.ts'

const skus = (session: Record<string, string>) =>
  (JSON.parse(session.cart ?? '[]') as { sku: string }[]).map(({ sku }) => sku)
const INDEXED: StoreOptions = { indexes: { user_id: true, tenant: true, sku: skus } }
const cart = (...items: string[]) => JSON.stringify(items.map((sku) => ({ sku })))

async function handles(store: SessionStore, criteria: Record<string, string>): Promise<string[]> {
  const found: string[] = []
  for await (const { handle } of store.findSessions(criteria)) found.push(handle)
  return found
}

export function describeIndexes(bench: Bench): void {
  const open = (options: StoreOptions = {}) => bench.store({ ...INDEXED, ...options })

  describe('findSessions', () => {
    test('finds by one value, by several and by both, newest first, with the fields asked for', async () => {
      const store = open({ ttl: 100 })
      const a = await store.createSession({ user_id: '42', tenant: 'x', theme: 'dark' })
      const b = await store.createSession({ user_id: '42', tenant: 'y' })
      const c = await store.createSession({ user_id: '7', tenant: 'x' })
      await store.createSession({ theme: 'dark' })
      expect(await handles(store, { user_id: '42' })).toEqual([b, a].map(sessionHandle))
      expect(await handles(store, { tenant: 'x' })).toEqual([c, a].map(sessionHandle))
      expect(await handles(store, { user_id: '42', tenant: 'x' })).toEqual([sessionHandle(a)])
      expect(await handles(store, { user_id: 'nobody' })).toEqual([])
      for await (const session of store.findSessions(
        { user_id: '42', tenant: 'x' },
        { fields: ['theme', 'missing'] },
      )) {
        expect(session).toMatchObject({
          handle: sessionHandle(a),
          configuredTtl: 100,
          ttl: 100,
          createdAt: expect.any(Date),
        })
        expect({ ...session.fields }).toEqual({ theme: 'dark' })
      }
    })

    test('a function may give several values, or none', async () => {
      const store = open()
      const both = await store.createSession({ cart: cart('lamp', 'chair') })
      const one = await store.createSession({ cart: cart('chair') })
      await store.createSession({ cart: cart() })
      expect(await handles(store, { sku: 'chair' })).toEqual([one, both].map(sessionHandle))
      expect(await handles(store, { sku: 'lamp' })).toEqual([sessionHandle(both)])
    })

    test('finds and ends what may live for thousands of years', async () => {
      const ttl = 8_000_000_000_000
      const store = open({ ttl })
      await store.createSession({ user_id: '42' })
      for await (const session of store.findSessions({ user_id: '42' })) expect(session.ttl).toBe(ttl)
      expect(await store.countSessions({ user_id: '42' })).toBe(1)
      expect(await store.deleteSessions({ user_id: '42' })).toBe(1)
    })

    test('pages through many, and stops where told', async () => {
      const store = open()
      const ids = await Promise.all(Array.from({ length: 230 }, () => store.createSession({ tenant: 'big' })))
      expect((await handles(store, { tenant: 'big' })).sort()).toEqual(ids.map(sessionHandle).sort())
      expect(await store.countSessions({ tenant: 'big' })).toBe(230)
      const some = []
      for await (const session of store.findSessions({ tenant: 'big' }, { limit: 5 })) some.push(session)
      expect(some).toHaveLength(5)
    })

    test('what ended or expired is not found', async () => {
      const store = open({ ttl: 10 })
      const [ended, expired] = await Promise.all([1, 2, 3].map(() => store.createSession({ user_id: '42' })))
      await store.deleteSession(ended as string)
      await bench.age(store, expired as string, 10)
      expect(await handles(store, { user_id: '42' })).not.toContain(sessionHandle(ended as string))
      expect(await handles(store, { user_id: '42' })).not.toContain(sessionHandle(expired as string))
    })

    test('does not refresh', async () => {
      const store = open({ ttl: 100 })
      const id = await store.createSession({ user_id: '42' })
      await bench.age(store, id, 40)
      for await (const { ttl } of store.findSessions({ user_id: '42' })) expect(ttl).toBe(60)
      expect(await store.getTtl(id)).toBe(60)
    })
  })

  describe('a session moves between indexes', () => {
    test('when its field changes, goes, or is counted up', async () => {
      const store = open()
      const id = await store.createSession({ user_id: '1' })
      await store.updateSession(id, { user_id: '2', other: 'x' })
      expect([await handles(store, { user_id: '1' }), await handles(store, { user_id: '2' })]).toEqual([
        [],
        [sessionHandle(id)],
      ])
      expect(await store.incrementField(id, 'user_id')).toBe(3)
      expect([await handles(store, { user_id: '2' }), await handles(store, { user_id: '3' })]).toEqual([
        [],
        [sessionHandle(id)],
      ])
      expect(await store.deleteFields(id, ['user_id'])).toBe(1)
      expect(await handles(store, { user_id: '3' })).toEqual([])
      await store.updateSession(id, { cart: cart('lamp') })
      expect(await handles(store, { sku: 'lamp' })).toEqual([sessionHandle(id)])
      await store.updateSession(id, {}, { remove: ['cart'] })
      expect(await handles(store, { sku: 'lamp' })).toEqual([])
    })

    test('under concurrent changes it stands exactly where its fields say', async () => {
      const store = open()
      const id = await store.createSession({ user_id: '0' })
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          store.updateSession(id, { user_id: String(i % 4), cart: cart(`s${i % 3}`) }),
        ),
      )
      const now = await store.getSession(id)
      for (const user of ['0', '1', '2', '3']) {
        expect(await handles(store, { user_id: user })).toEqual(user === now?.user_id ? [sessionHandle(id)] : [])
      }
    })

    test.each([
      ['Object.hasOwn', (session: object) => Object.hasOwn(session, 'a')],
      ['in', (session: object) => 'a' in session],
      ['Object.keys', (session: object) => Object.keys(session).includes('a')],
      ['Object.entries', (session: object) => Object.entries(session).some(([field]) => field === 'a')],
    ])('a function that asks by %s whether a field is there notices when it comes', async (_, hasA) => {
      const store = open({ indexes: { both: (session) => (hasA(session) && session.b === '1' ? 'yes' : null) } })
      for (const order of [['a', 'b'] as const, ['b', 'a'] as const]) {
        const id = await store.createSession()
        await Promise.all(order.map((field) => store.updateSession(id, { [field]: '1' })))
        expect(await handles(store, { both: 'yes' })).toEqual([sessionHandle(id)])
        await store.deleteSession(id)
      }
    })

    test('a rotation keeps its place, and takes what it sets into account', async () => {
      const store = open()
      const first = await store.createSession({ user_id: '42' })
      const second = await store.createSession({ user_id: '42' })
      const rotated = (await store.rotateSession(first)) as string
      expect(await handles(store, { user_id: '42' })).toEqual([second, rotated].map(sessionHandle))
      const anonymous = await store.createSession({ tenant: 'x' })
      const login = (await store.rotateSession(anonymous, { data: { user_id: '7' }, authenticated: true })) as string
      expect(await handles(store, { user_id: '7', tenant: 'x' })).toEqual([sessionHandle(login)])
      const graceful = (await store.rotateSession(login, { grace: 30 })) as string
      expect(await handles(store, { user_id: '7' })).toEqual([sessionHandle(graceful)])
      await store.updateSession(login, { user_id: '8' })
      expect(await handles(store, { user_id: '8' })).toEqual([sessionHandle(graceful)])
      expect(await handles(store, { user_id: '7' })).toEqual([])
    })
  })

  describe('a session in use', () => {
    test('outlives the first entries of its indexes, which are renewed', async () => {
      const store = open({ ttl: 100 })
      const id = await store.createSession({ user_id: '42' })
      for (let round = 0; round < 12; round++) {
        await bench.age(store, id, 60)
        expect((await store.getSession(id))?.user_id).toBe('42')
        // Renewing is not on the path of the read that notices.
        await expect.poll(() => store.getTtl(id), { interval: 5 }).toBe(100)
      }
      expect(await handles(store, { user_id: '42' })).toEqual([sessionHandle(id)])
      await store.setSessionTtl(id, 10_000)
      expect(await store.getTtl(id)).toBe(10_000)
    })

    test.each<[string, (store: SessionStore, id: string) => Promise<unknown>]>([
      ['touched', (store, id) => store.touchSession(id)],
      ['written', (store, id) => store.updateSession(id, { theme: 'dark' })],
      ['counted in', (store, id) => store.incrementField(id, 'views')],
    ])('does so, too, if it is only ever %s', async (_, use) => {
      const store = open({ ttl: 100, indexes: { user_id: true } })
      const id = await store.createSession({ user_id: '42' })
      for (let round = 0; round < 12; round++) {
        await bench.age(store, id, 60)
        expect(await use(store, id)).toBeTruthy()
        await expect.poll(() => store.getTtl(id), { interval: 5 }).toBe(100)
      }
      expect(await handles(store, { user_id: '42' })).toEqual([sessionHandle(id)])
    })
  })

  describe('deleteSessions', () => {
    test('ends all, or all but some, and says how many', async () => {
      const store = open()
      const [a, b, c] = await Promise.all([1, 2, 3].map(() => store.createSession({ user_id: '42', tenant: 'x' })))
      const other = await store.createSession({ user_id: '7', tenant: 'x' })
      expect(await store.deleteSessions({ user_id: '42' }, { except: a as string })).toBe(2)
      expect(await store.getSession(b as string)).toBe(null)
      expect(await store.getSession(c as string)).toBe(null)
      expect(await store.getSession(a as string)).not.toBe(null)
      expect(await store.deleteSessions({ tenant: 'x', user_id: '42' })).toBe(1)
      expect(await store.getSession(other)).not.toBe(null)
      expect(await store.deleteSessions({ user_id: '42' })).toBe(0)
    })

    test('the excepted may be known by an ID rotated away within grace', async () => {
      const store = open()
      const old = await store.createSession({ user_id: '42' })
      const current = (await store.rotateSession(old, { grace: 30 })) as string
      await store.createSession({ user_id: '42' })
      expect(await store.deleteSessions({ user_id: '42' }, { except: old })).toBe(1)
      expect(await store.getSession(current)).not.toBe(null)
    })

    test('what cannot be an ID is refused where one is to be excepted, and nothing ends', async () => {
      const store = open()
      const id = await store.createSession({ user_id: '42' })
      for (const except of [42, null, {}, [id, 42], [[id]]] as unknown as string[]) {
        await expect(store.deleteSessions({ user_id: '42' }, { except })).rejects.toMatchObject({
          code: 'SOJOURN_INVALID_ARGUMENT',
        })
      }
      expect(await store.deleteSessions({ user_id: '42' }, { except: [] })).toBe(1)
    })

    test.each([0, 10])('one that is rotated meanwhile stays excepted (grace %s)', async (grace) => {
      const store = open()
      for (let round = 0; round < 10; round++) {
        const id = await store.createSession({ user_id: '42' })
        const other = await store.createSession({ user_id: '42' })
        const [, next] = await Promise.all([
          store.deleteSessions({ user_id: '42' }, { except: id }),
          store.rotateSession(id, { grace }),
        ])
        expect(await store.getSession(other)).toBe(null)
        expect(await handles(store, { user_id: '42' })).toEqual([sessionHandle(next as string)])
        await store.deleteSession(next as string)
      }
    })

    test('no rotation escapes it', async () => {
      const store = open()
      for (let round = 0; round < 15; round++) {
        const ids = await Promise.all(Array.from({ length: 5 }, () => store.createSession({ user_id: '42' })))
        const rotations = ids.map((id, i) => store.rotateSession(id, { grace: i % 2 === 0 ? 0 : 30 }))
        await store.deleteSessions({ user_id: '42' })
        for (const id of [...ids, ...(await Promise.all(rotations))]) {
          expect(id === null ? null : await store.getSession(id)).toBe(null)
        }
        expect(await store.countSessions({ user_id: '42' })).toBe(0)
      }
    })
  })

  describe('deleteByHandle', () => {
    test('ends that one, if it is the owner who asks', async () => {
      const store = open()
      const phone = await store.createSession({ user_id: '42' })
      const laptop = await store.createSession({ user_id: '42' })
      expect(await store.deleteByHandle(sessionHandle(phone), { user_id: '7' })).toBe(false)
      expect(await store.getSession(phone)).not.toBe(null)
      expect(await store.deleteByHandle(sessionHandle(phone), { user_id: '42' })).toBe(true)
      expect(await store.deleteByHandle(sessionHandle(phone), { user_id: '42' })).toBe(false)
      expect(await store.getSession(phone)).toBe(null)
      expect(await store.getSession(laptop)).not.toBe(null)
    })
  })

  describe('loginEpoch', () => {
    const overtaken = { code: 'SOJOURN_LOGIN_OVERTAKEN' }

    test('a login under way does not outlive "log out everywhere"', async () => {
      const store = open()
      const anonymous = await store.createSession()
      const epoch = await store.loginEpoch({ user_id: '42' })
      await store.deleteSessions({ user_id: '42' })
      await expect(store.createSession({ user_id: '42' }, { epoch })).rejects.toMatchObject(overtaken)
      await expect(store.updateSession(anonymous, { user_id: '42' }, { epoch })).rejects.toMatchObject(overtaken)
      await expect(store.rotateSession(anonymous, { data: { user_id: '42' }, epoch })).rejects.toMatchObject(overtaken)
      expect(await store.countSessions({ user_id: '42' })).toBe(0)
      expect({ ...(await store.getSession(anonymous)) }).not.toHaveProperty('user_id')
    })

    test('nor does one whose rotation joins that of somebody else', async () => {
      const store = open()
      const anonymous = await store.createSession()
      const epoch = await store.loginEpoch({ user_id: '42' })
      const rotated = (await store.rotateSession(anonymous, { grace: 10 })) as string
      await store.deleteSessions({ user_id: '42' })
      const login = { grace: 10, data: { user_id: '42' }, epoch }
      await expect(store.rotateSession(anonymous, login)).rejects.toMatchObject(overtaken)
      expect(await store.countSessions({ user_id: '42' })).toBe(0)
      expect({ ...(await store.getSession(rotated)) }).not.toHaveProperty('user_id')
      const again = { ...login, epoch: await store.loginEpoch({ user_id: '42' }) }
      expect(await store.rotateSession(anonymous, again)).toBe(rotated)
      expect(await store.countSessions({ user_id: '42' })).toBe(1)
    })

    test('nor one that is made while everything is ended', async () => {
      const store = open()
      for (let round = 0; round < 10; round++) {
        const epoch = await store.loginEpoch({ user_id: '42' })
        const logins = Array.from({ length: 4 }, () =>
          store.createSession({ user_id: '42' }, { epoch }).catch((error) => error.code as string),
        )
        await store.deleteSessions({ user_id: '42' })
        for (const outcome of await Promise.all(logins)) {
          expect(outcome === overtaken.code || (await store.getSession(outcome)) === null).toBe(true)
        }
      }
    })

    test('otherwise it changes nothing', async () => {
      const store = open()
      const epoch = await store.loginEpoch({ user_id: '42' })
      const id = await store.createSession({ user_id: '42' }, { epoch })
      expect(await handles(store, { user_id: '42' })).toEqual([sessionHandle(id)])
    })

    test('one of a value that the session will not have is refused, and nothing is changed', async () => {
      const store = open()
      const epoch = await store.loginEpoch({ user_id: '42' })
      const id = await store.createSession({ user_id: '7' })
      const refused = { code: 'SOJOURN_INVALID_ARGUMENT', message: expect.stringContaining('"user_id"') }
      await expect(store.createSession({ user_id: '7' }, { epoch })).rejects.toMatchObject(refused)
      await expect(store.updateSession(id, { theme: 'dark' }, { epoch })).rejects.toMatchObject(refused)
      await expect(store.updateSession(id, {}, { epoch })).rejects.toMatchObject(refused)
      await expect(store.rotateSession(id, { data: { theme: 'dark' }, epoch })).rejects.toMatchObject(refused)
      expect(await store.getSession(id)).not.toHaveProperty('theme')
      expect(await store.updateSession(id, { user_id: '42' }, { epoch })).toBe(true)
      expect(await store.updateSession(id, { theme: 'dark' }, { epoch })).toBe(true)
    })

    test('what is no epoch is refused', async () => {
      const store = open()
      const id = await store.createSession({ user_id: '42' })
      const refused = { code: 'SOJOURN_INVALID_ARGUMENT', message: expect.stringContaining('loginEpoch') }
      for (const epoch of ['1', { index: 'user_id', value: '42', epoch: 1 }, null] as unknown as LoginEpoch[]) {
        await expect(store.createSession({ user_id: '42' }, { epoch })).rejects.toMatchObject(refused)
        await expect(store.updateSession(id, { user_id: '42' }, { epoch })).rejects.toMatchObject(refused)
        await expect(store.rotateSession(id, { epoch })).rejects.toMatchObject(refused)
      }
    })
  })

  describe('limits', () => {
    test('end-oldest ends the oldest', async () => {
      const store = open({ limits: { user_id: { max: 3, onExceed: 'end-oldest' } } })
      const ids: string[] = []
      for (let i = 0; i < 5; i++) ids.push(await store.createSession({ user_id: '42' }))
      expect(await handles(store, { user_id: '42' })).toEqual(ids.slice(2).reverse().map(sessionHandle))
      expect(await store.getSession(ids[0] as string)).toBe(null)
      expect(await store.countSessions({ user_id: '42' })).toBe(3)
    })

    test('refuse refuses the new one, however it comes', async () => {
      const store = open({ limits: { user_id: { max: 2, onExceed: 'refuse' } } })
      const refused = { code: 'SOJOURN_SESSION_LIMIT', name: 'SessionLimitError' }
      const first = await store.createSession({ user_id: '42' })
      await store.createSession({ user_id: '42' })
      const anonymous = await store.createSession()
      await expect(store.createSession({ user_id: '42' })).rejects.toMatchObject(refused)
      await expect(store.updateSession(anonymous, { user_id: '42' })).rejects.toMatchObject(refused)
      await expect(store.rotateSession(anonymous, { data: { user_id: '42' } })).rejects.toMatchObject(refused)
      expect(await store.getSession(anonymous)).not.toBe(null)
      expect(await store.countSessions({ user_id: '42' })).toBe(2)
      expect(await store.rotateSession(first)).not.toBe(null)
      await store.deleteSessions({ user_id: '42' })
      expect(await store.updateSession(anonymous, { user_id: '42' })).toBe(true)
    })

    test.each(['end-oldest', 'refuse'] as const)('V7.1.2: %s holds under 100 parallel logins', async (onExceed) => {
      const store = open({ limits: { user_id: { max: 5, onExceed } } })
      const logins = await Promise.allSettled(Array.from({ length: 100 }, () => store.createSession({ user_id: '42' })))
      const alive = await handles(store, { user_id: '42' })
      expect(alive.length).toBeLessThanOrEqual(5)
      expect(alive.length).toBeGreaterThan(0)
      const ids = logins.flatMap((login) => (login.status === 'fulfilled' ? [login.value] : []))
      const living = await Promise.all(ids.map((id) => store.getSession(id)))
      expect(living.filter((session) => session !== null)).toHaveLength(alive.length)
    })
  })

  describe('reindex', () => {
    test('enters what came before the index, while traffic goes on', async () => {
      const store = open()
      const id = await store.createSession({ theme: 'dark' })
      let progress = { scanned: 0, entered: 0 }
      for await (progress of store.reindex()) expect(progress.scanned).toBeGreaterThan(0)
      expect(progress.entered).toBe(0)
      expect(await store.getSession(id)).not.toBe(null)
    })
  })

  describe('bad input', () => {
    const invalid = { code: 'SOJOURN_INVALID_ARGUMENT' }

    test.each([
      {},
      null,
      { nowhere: '1' },
      { user_id: 42 },
      { user_id: 'x'.repeat(513) },
      { created_at: 'x' },
      'user_id',
    ])('criteria %j', async (criteria) => {
      const store = open()
      await expect(handles(store, criteria as never)).rejects.toMatchObject(invalid)
      await expect(store.countSessions(criteria as never)).rejects.toMatchObject(invalid)
      await expect(store.deleteSessions(criteria as never)).rejects.toMatchObject(invalid)
      await expect(store.deleteByHandle('x', criteria as never)).rejects.toMatchObject(invalid)
      await expect(store.loginEpoch(criteria as never)).rejects.toMatchObject(invalid)
    })

    test.each([
      { indexes: { 'a b': true } },
      { indexes: { user_id: 'yes' } },
      { indexes: { 'sojourn:x': true } },
      { indexes: { session_ttl: true } },
      { indexes: 5 },
      { limits: { user_id: { max: 0, onExceed: 'refuse' } } },
      { limits: { user_id: { max: 1, onExceed: 'maybe' } } },
      { limits: { nowhere: { max: 1, onExceed: 'refuse' } } },
      { limits: { user_id: 5 } },
    ])('options %j throw at construction', (options) => {
      expect(() => open(options as never)).toThrow(expect.objectContaining(invalid))
    })

    test('a store without indexes says so', async () => {
      await expect(handles(bench.store(), { user_id: '42' })).rejects.toThrow(/indexes/)
    })

    test('a function that fails, or gives what cannot be indexed, changes nothing', async () => {
      const store = open()
      const id = await store.createSession({ cart: cart('lamp') })
      await expect(store.updateSession(id, { cart: 'no JSON' })).rejects.toMatchObject(invalid)
      await expect(store.updateSession(id, { user_id: 'x'.repeat(600) })).rejects.toMatchObject(invalid)
      await expect(store.createSession({ cart: '[{"sku":5}]' })).rejects.toMatchObject(invalid)
      expect(await handles(store, { sku: 'lamp' })).toEqual([sessionHandle(id)])
    })
  })
}
