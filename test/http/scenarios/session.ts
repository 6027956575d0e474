/** The session object as handlers use it: typed fields, messages, freshness, tokens, lazy loading, lifetimes. */
import { inspect } from 'node:util'
import * as valibot from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  boolean,
  integer,
  json,
  MemorySessionStore,
  type Session,
  type SessionEvent,
  text,
  timestamp,
} from '../../../src/index.ts'
import type { Routes } from '../adapter.ts'
import { type Bench, countSessions } from '../site.ts'

const fields = {
  user_id: text(),
  page_views: integer({ default: 0 }),
  admin: boolean({ default: false }),
  seen_at: timestamp(),
  roles: json<string[]>(),
  nothing: json<string | null>(),
  address: json(z.object({ city: z.string() })),
  basket: json(valibot.array(valibot.object({ sku: valibot.string(), count: valibot.number() }))),
}
type Fields = typeof fields

const codeOf = (work: () => unknown): unknown => {
  try {
    work()
    return 'no error'
  } catch (error) {
    return (error as { code?: string }).code ?? error
  }
}

export function describeSession({ open }: Bench): void {
  describe('typed fields', () => {
    const routes: Routes<Fields> = {
      'POST /fill': ({ session }) => {
        session.set('user_id', 'u1')
        session.set('page_views', 41)
        session.set('admin', true)
        session.set('seen_at', new Date(0))
        session.set('roles', ['editor'])
        session.set('nothing', null)
        session.set('address', { city: 'Wrocław' })
        session.set('basket', [{ sku: 'a', count: 2 }])
        return { json: 'ok' }
      },
      'GET /all': ({ session }) => ({
        json: { ...Object.fromEntries(session.entries()), seen: session.get('seen_at')?.getTime() },
      }),
      'GET /empty': ({ session }) => ({
        json: [
          session.get('page_views'),
          session.get('admin'),
          session.get('user_id') ?? null,
          session.has('page_views'),
        ],
      }),
    }

    test('come back as they were set, and stand in the hash as plain strings', async () => {
      const { browser, store } = await open<Fields>(routes, { fields })
      const visitor = browser()
      expect((await visitor.get('/empty')).json()).toEqual([0, false, null, false])
      await visitor.post('/fill')
      expect({ ...(await store.getSession(visitor.cookie('sid') as string)) }).toMatchObject({
        user_id: 'u1',
        page_views: '41',
        admin: 'true',
        seen_at: '1970-01-01T00:00:00.000Z',
        roles: '["editor"]',
        nothing: 'null',
        address: '{"city":"Wrocław"}',
        basket: '[{"sku":"a","count":2}]',
      })
      expect((await visitor.get('/all')).json()).toEqual({
        user_id: 'u1',
        page_views: 41,
        admin: true,
        seen_at: '1970-01-01T00:00:00.000Z',
        seen: 0,
        roles: ['editor'],
        nothing: null,
        address: { city: 'Wrocław' },
        basket: [{ sku: 'a', count: 2 }],
      })
    })

    test('V1.5.2 a stored value that fits no more is reported and reads as absent; the request goes on', async () => {
      const events: SessionEvent[] = []
      const { browser, store } = await open<Fields>(routes, { fields, onEvent: (event) => events.push(event) })
      const visitor = browser()
      await visitor.post('/fill')
      const id = visitor.cookie('sid') as string
      await store.updateSession(id, {
        page_views: 'many',
        admin: 'TRUE',
        roles: '[',
        address: '{"city":7}',
        basket: 'null',
        seen_at: 'soon',
      })
      expect((await visitor.get('/empty')).json()).toEqual([0, false, 'u1', true])
      expect(events).toEqual([
        {
          type: 'unreadable-field',
          field: 'page_views',
          handle: expect.stringMatching(/^[\w-]{43}$/),
          error: expect.anything(),
        },
        expect.objectContaining({ field: 'admin' }),
      ])
      expect(events[0]?.handle).not.toBe(id)
      const { status, body } = await visitor.get('/all')
      expect([status, JSON.parse(body)]).toEqual([200, { user_id: 'u1', nothing: null }])
      await visitor.post('/fill')
      expect((await visitor.get('/all')).json()).toMatchObject({ page_views: 41 })
    })

    test('refuse what does not fit their declaration, and what is not declared', async () => {
      const refused: unknown[] = []
      const { browser, store } = await open<Fields>(
        {
          'POST /wrong': async ({ session }) => {
            const loose = session as unknown as Session<null>
            const wrong = session as unknown as { set(name: string, value: unknown): void }
            refused.push(
              codeOf(() => wrong.set('page_views', '41')),
              codeOf(() => wrong.set('page_views', 0.5)),
              codeOf(() => wrong.set('admin', 'true')),
              codeOf(() => wrong.set('seen_at', new Date(Number.NaN))),
              codeOf(() => wrong.set('address', { city: 7 })),
              codeOf(() => wrong.set('basket', [{ sku: 'a' }])),
              codeOf(() => loose.set('unknown', 'x')),
              codeOf(() => loose.get('unknown')),
              codeOf(() => loose.has('toString')),
              codeOf(() => loose.delete('__proto__')),
            )
            await loose.increment('user_id').catch((error) => refused.push(error.code))
            await loose.rotate({ data: { page_views: 'x' } }).catch((error) => refused.push(error.code))
            return { json: session.isNew }
          },
        },
        { fields },
      )
      expect((await browser().post('/wrong')).json()).toBe(true)
      expect(refused).toEqual(Array.from({ length: 12 }, () => 'SOJOURN_FIELD'))
      expect(await countSessions(store)).toBe(0)
    })

    test('count, and take part in a rotation', async () => {
      const { browser } = await open<Fields>(
        {
          'POST /count': async ({ session }) => {
            const sum = await session.increment('page_views', 41)
            await session.rotate({ data: { admin: true, roles: ['a'] } })
            return { json: [sum, session.get('page_views'), session.get('admin'), session.get('roles')] }
          },
        },
        { fields },
      )
      const visitor = browser()
      expect((await visitor.post('/count')).json()).toEqual([41, 41, true, ['a']])
      expect((await visitor.post('/count')).json()).toEqual([82, 82, true, ['a']])
    })
  })

  describe('plain fields', () => {
    test('V15.3.6 any name is safe, V15.3.3 reserved names are refused', async () => {
      const refused: unknown[] = []
      const names = ['__proto__', 'constructor', 'toString', 'ключ']
      const { browser, store } = await open({
        'POST /set': async ({ session }) => {
          for (const name of names) session.set(name, `value of ${name}`)
          for (const name of ['session_ttl', 'created_at', 'last_accessed_at', 'sojourn:deadline']) {
            refused.push(
              codeOf(() => session.set(name, '9')),
              codeOf(() => session.delete(name)),
            )
            await session.increment(name).catch((error) => refused.push(error.code))
            await session.rotate({ data: { [name]: '9' } }).catch((error) => refused.push(error.code))
          }
          return { json: 'ok' }
        },
        'GET /get': ({ session }) => ({
          json: [names.map((name) => session.get(name)), [...session.entries()].map(([name]) => name)],
        }),
      })
      const visitor = browser()
      await visitor.post('/set')
      expect(refused).toEqual(Array.from({ length: 16 }, () => 'SOJOURN_RESERVED_FIELD'))
      expect((await visitor.get('/get')).json()).toEqual([names.map((name) => `value of ${name}`), names])
      expect(await store.getConfiguredTtl(visitor.cookie('sid') as string)).toBe(1800)
    })

    test('take strings and nothing else', async () => {
      const refused: unknown[] = []
      const { browser } = await open({
        'POST /wrong': async ({ session }) => {
          const wrong = session as unknown as {
            set(name: string, value: unknown): void
            increment(n: string, a: unknown): Promise<number>
          }
          refused.push(
            codeOf(() => wrong.set('a', 7)),
            codeOf(() => wrong.set('a', null)),
            codeOf(() => wrong.set('', 'x')),
            codeOf(() => session.setTtl(0)),
            codeOf(() => session.setTtl(1.5)),
          )
          await wrong.increment('n', 1.5).catch((error) => refused.push(error.code))
          await session.rotate({ grace: -1 }).catch((error) => refused.push(error.code))
          return { json: session.isNew }
        },
      })
      expect((await browser().post('/wrong')).json()).toBe(true)
      const argument = 'SOJOURN_INVALID_ARGUMENT'
      expect(refused).toEqual(['SOJOURN_FIELD', 'SOJOURN_FIELD', argument, argument, argument, argument, argument])
    })

    test('CVE-2023-20862 deletions, and a second change after a save, are saved too', async () => {
      const { browser, store } = await open({
        'POST /set': ({ session }) => {
          session.set('a', '1')
          session.set('b', '1')
          return { json: 'ok' }
        },
        'POST /change': async ({ session }) => {
          session.delete('a')
          await session.save()
          session.set('b', '2')
          session.delete('b')
          session.set('c', '3')
          return { json: [session.has('a'), session.has('b'), session.get('c')] }
        },
      })
      const visitor = browser()
      await visitor.post('/set')
      expect((await visitor.post('/change')).json()).toEqual([false, false, '3'])
      const session = { ...(await store.getSession(visitor.cookie('sid') as string)) }
      expect([session.a, session.b, session.c]).toEqual([undefined, undefined, '3'])
    })
  })

  describe('a message for the next request', () => {
    test('is read once', async () => {
      const { browser } = await open({
        'POST /leave': ({ session }) => {
          session.flash('notice', 'Saved.')
          session.flash('error', 'Or not.')
          return { redirect: '/read' }
        },
        'GET /read': ({ session }) => ({
          json: [session.flash('notice') ?? null, session.flash('notice') ?? null, [...session.entries()].length],
        }),
      })
      const visitor = browser()
      expect((await visitor.get('/read')).json()).toEqual([null, null, 0])
      await visitor.post('/leave')
      expect((await visitor.get('/read')).json()).toEqual(['Saved.', null, 0])
      expect((await visitor.get('/read')).json()).toEqual([null, null, 0])
    })
  })

  describe('lifetimes', () => {
    const routes: Routes = {
      'POST /login': async ({ session }) => {
        await session.rotate({ authenticated: true })
        session.set('username', 'andrew')
        return { json: session.authenticatedWithin(1) }
      },
      'POST /begin': ({ session }) => {
        session.set('cart', 'apple')
        return { json: session.authenticatedWithin(1_000_000_000) }
      },
      'GET /fresh': ({ session, query }) => ({ json: session.authenticatedWithin(Number(query.get('seconds'))) }),
      'POST /renew': async ({ session }) => {
        await session.rotate()
        return { json: 'ok' }
      },
      'GET /times': ({ session }) => ({
        json: [
          session.createdAt?.getTime() ?? null,
          session.lastAccessedAt?.getTime() ?? null,
          session.ttl,
          session.isNew,
        ],
      }),
    }

    test('V7.5.3 the time of authentication is kept, so that a sensitive action can ask for a fresh one', async () => {
      let now = Date.now()
      const store = new MemorySessionStore({ now: () => now })
      const { browser } = await open(routes, { store })
      const visitor = browser()
      expect((await visitor.post('/begin')).json()).toBe(false)
      expect((await visitor.post('/login')).json()).toBe(true)
      expect((await visitor.get('/fresh?seconds=60')).json()).toBe(true)
      now += 300_000
      expect((await visitor.get('/fresh?seconds=299')).json()).toBe(false)
      expect((await visitor.get('/fresh?seconds=302')).json()).toBe(true)
      await visitor.post('/renew')
      expect((await visitor.get('/fresh?seconds=299')).json()).toBe(false)
      await visitor.post('/login')
      expect((await visitor.get('/fresh?seconds=60')).json()).toBe(true)
      expect((await browser().get('/fresh?seconds=60')).json()).toBe(false)
    })

    test('V7.5.3 a first login is remembered as one, on either engine', async () => {
      const { browser } = await open(routes)
      const visitor = browser()
      expect((await visitor.post('/login')).json()).toBe(true)
      expect((await visitor.get('/fresh?seconds=100')).json()).toBe(true)
    })

    test('V7.3.1 V7.3.2 idle and absolute limits are kept by the store, whatever the cookie says', async () => {
      let now = Date.now()
      const store = new MemorySessionStore({ now: () => now, ttl: 100, absoluteTtl: 250 })
      const { browser } = await open(routes, { store, cookie: { maxAge: 10_000 } })
      const visitor = browser()
      await visitor.post('/begin')
      for (const [after, isNew] of [
        [99, false],
        [99, false],
        [60, true],
      ] as const) {
        now += after * 1000
        expect(((await visitor.get('/times')).json() as unknown[])[3]).toBe(isNew)
      }
      const idle = browser()
      await idle.post('/begin')
      now += 101_000
      expect(((await idle.get('/times')).json() as unknown[])[3]).toBe(true)
    })

    test('creation and last access are known of a session that was read', async () => {
      let now = 1_700_000_000_000
      const store = new MemorySessionStore({ now: () => now, ttl: 600 })
      const { browser } = await open(routes, { store })
      const visitor = browser()
      expect((await visitor.get('/times')).json()).toEqual([null, null, 600, true])
      await visitor.post('/begin')
      now += 5_000
      expect((await visitor.get('/times')).json()).toEqual([1_700_000_000_000, 1_700_000_005_000, 600, false])
    })
  })

  describe('the synchronizer token', () => {
    const routes: Routes = {
      'GET /form': async ({ session }) => ({ json: await session.csrfToken() }),
      'POST /form': ({ session, query }) => ({ json: session.verifyCsrfToken(query.get('token')) }),
      'POST /renew': async ({ session }) => {
        await session.rotate({ grace: 60 })
        return { json: 'ok' }
      },
    }
    const post = (token: unknown) => `/form?token=${token}`

    test('NIST 800-63B is bound to its session, CVE-2023-29020 and dies at a rotation', async () => {
      const { browser, store } = await open(routes)
      const visitor = browser()
      const token = (await visitor.get('/form')).json() as string
      expect(await countSessions(store)).toBe(1)
      expect(token).toMatch(/^[\w-]{86}$/)
      expect((await visitor.post(post(token))).json()).toBe(true)
      const another = (await visitor.get('/form')).json() as string
      expect(another).not.toBe(token)
      expect((await visitor.post(post(another))).json()).toBe(true)
      const stranger = browser()
      expect((await stranger.post(post(token))).json()).toBe(false)
      await stranger.get('/form')
      expect((await stranger.post(post(token))).json()).toBe(false)
      for (const wrong of [
        '',
        'x',
        token.slice(1),
        `${token[0] === 'A' ? 'B' : 'A'}${token.slice(1)}`,
        `${token}A`,
        'A'.repeat(86),
      ]) {
        expect((await visitor.post(post(wrong))).json()).toBe(false)
      }
      await visitor.post('/renew')
      expect((await visitor.post(post(token))).json()).toBe(false)
      expect(JSON.stringify({ ...(await store.getSession(visitor.cookie('sid') as string)) })).not.toContain(token)
    })
  })

  describe('a lazy session', () => {
    test('costs nothing until it is loaded, and says so when it is used before', async () => {
      const { browser, probe } = await open(
        {
          'GET /plain': () => ({ json: 'plain' }),
          'GET /early': ({ session }) => ({
            json: [codeOf(() => session.get('name')), codeOf(() => session.set('a', 'b'))],
          }),
          'GET /loaded': async ({ session }) => {
            await Promise.all([session.load(), session.load()])
            return { json: (await session.load()).get('name') ?? null }
          },
          'POST /begin': async ({ session }) => {
            await session.load()
            session.set('name', 'andrew')
            return { json: 'ok' }
          },
          'POST /count': async ({ session }) => ({ json: await session.increment('page_views') }),
          'POST /logout': async ({ session }) => {
            await session.destroy()
            return { json: 'ok' }
          },
        },
        { lazy: true },
      )
      const visitor = browser()
      await visitor.post('/begin')
      probe.calls()
      const plain = await visitor.get('/plain')
      expect([plain.headers.vary, probe.calls()]).toEqual([undefined, []])
      const early = 'SOJOURN_SESSION_NOT_LOADED'
      expect((await visitor.get('/early')).json()).toEqual([early, early])
      expect(probe.calls()).toEqual([])
      expect((await visitor.get('/loaded')).json()).toBe('andrew')
      expect(probe.calls()).toHaveLength(1)
      expect((await visitor.post('/count')).json()).toBe(1)
      expect(probe.calls().map(([method]) => method)).toEqual(['incrementField'])
      await visitor.post('/logout')
      expect(visitor.cookie('sid')).toBeUndefined()
      expect((await browser().get('/loaded')).json()).toBe(null)
      expect(probe.calls().map(([method]) => method)).toEqual(['readSession', 'deleteSession'])
    })

    describe('that is counted in', () => {
      const routes: Routes<null> = {
        'POST /begin': async ({ session }) => {
          await session.rotate({ data: { name: 'andrew' } })
          return { json: 'ok' }
        },
        'POST /count': async ({ session }) => ({ json: await session.increment('page_views') }),
        'POST /count-and-load': async ({ session }) => {
          const counted = await session.increment('page_views')
          const early = codeOf(() => session.get('name'))
          await session.load()
          return { json: [counted, early, session.get('page_views'), session.get('name') ?? null] }
        },
        'POST /count-while-loading': async ({ session }) => {
          const counting = session.increment('page_views')
          await new Promise(setImmediate) // it is under way
          await session.load()
          const counted = await counting
          return { json: [counted, session.get('page_views'), session.get('name') ?? null] }
        },
        'POST /count-loaded': async ({ session }) => {
          const loading = session.load()
          const counted = await session.increment('page_views')
          await loading
          return { json: [counted, session.get('page_views')] }
        },
      }
      const NOT_LOADED = 'SOJOURN_SESSION_NOT_LOADED'

      test('need not be read, and is read afterwards as it is then', async () => {
        const { browser, probe } = await open(routes, { lazy: true })
        const visitor = browser()
        await visitor.post('/begin')
        probe.calls()
        const counted = await visitor.post('/count')
        expect([counted.json(), counted.headers.vary]).toEqual([1, 'Cookie'])
        expect(probe.calls().map(([method]) => method)).toEqual(['incrementField'])
        expect((await visitor.post('/count-and-load')).json()).toEqual([2, NOT_LOADED, '2', 'andrew'])
        expect(probe.calls().map(([method]) => method)).toEqual(['incrementField', 'readSession'])
        expect((await visitor.post('/count-loaded')).json()).toEqual([3, '3'])
        expect((await visitor.post('/count-while-loading')).json()).toEqual([4, '4', 'andrew'])
      })

      test('and is not there begins with the count, under a new ID', async () => {
        const { browser, probe, store } = await open(routes, { lazy: true })
        const visitor = browser()
        await visitor.post('/begin')
        const ended = visitor.cookie('sid') as string
        await store.deleteSession(ended)
        probe.calls()
        expect((await visitor.post('/count-and-load')).json()).toEqual([1, 'no error', '1', null])
        expect(probe.calls().map(([method]) => method)).toEqual(['incrementField', 'createSession'])
        expect(visitor.cookie('sid')).not.toBe(ended)
        expect(await countSessions(store)).toBe(1)
      })

      test('and ends meanwhile leaves nothing to the session that begins', async () => {
        const { browser, store } = await open(routes, { lazy: true })
        const visitor = browser()
        await visitor.post('/begin')
        await store.deleteSession(visitor.cookie('sid') as string)
        expect((await visitor.post('/count-while-loading')).json()).toEqual([1, '1', null])
        expect(await countSessions(store)).toBe(1)
      })

      test('is read where each response renews the cookie by its TTL', async () => {
        const { browser, probe } = await open(routes, { lazy: true, cookie: { maxAge: 'ttl' } })
        const visitor = browser()
        await visitor.post('/begin')
        probe.calls()
        expect((await visitor.post('/count')).cookies).toHaveLength(1)
        expect(probe.calls().map(([method]) => method)).toEqual(['readSession', 'incrementField'])
      })
    })

    test('that cannot be read is 503 where it is loaded', async () => {
      const { browser, probe, errors } = await open(
        {
          'GET /who': async ({ session }) => ({ json: (await session.load()).get('name') ?? null }),
          'POST /begin': async ({ session }) => {
            await session.load()
            session.set('name', 'andrew')
            return { json: 'ok' }
          },
        },
        { lazy: true },
      )
      const visitor = browser()
      await visitor.post('/begin')
      probe.fail('readSession')
      const { status, cookies } = await visitor.get('/who')
      expect([status, cookies, errors.length]).toEqual([503, [], 1])
      probe.mend()
      expect((await visitor.get('/who')).json()).toBe('andrew')
    })
  })

  describe('the session object', () => {
    test('V16.2.5 shows no ID, however it is printed', async () => {
      const shown: string[] = []
      const { browser } = await open({
        'POST /begin': ({ session }) => {
          session.set('name', 'andrew')
          return { json: 'ok' }
        },
        'GET /show': ({ session }) => {
          const deep = { depth: 20, showHidden: true, getters: true } as const
          shown.push(
            String(session),
            JSON.stringify({ session }),
            inspect(session, deep),
            inspect({ ...session }, deep),
          )
          shown.push(
            JSON.stringify([...session.entries()]),
            JSON.stringify(structuredClone({ ...session })),
            String(session.handle),
          )
          return { json: session.handle }
        },
      })
      const visitor = browser()
      await visitor.post('/begin')
      const handle = (await visitor.get('/show')).json()
      expect(shown).toHaveLength(7)
      for (const text of shown) expect(text).not.toContain(visitor.cookie('sid'))
      expect(handle).toMatch(/^[\w-]{43}$/)
    })
  })
}
