/** A session that cannot be read or saved fails the request: 503, the cookie as it was, and nothing by halves. */
import { describe, expect, test } from 'vitest'
import { LimitExceededError, sessionHandle } from '../../../src/index.ts'
import type { Exchange } from '../../support/http/client.ts'
import type { Reply, Routes } from '../adapter.ts'
import { type Bench, countSessions } from '../site.ts'

async function* chunks() {
  yield 'one,'
  yield 'two'
}

const file = new URL('../../support/http/localhost.cert.pem', import.meta.url)
const REPLIES: readonly [kind: string, reply: () => Reply][] = [
  ['JSON', () => ({ json: { ok: true }, headers: { ETag: '"of the answer"', 'X-Kept': 'yes' } })],
  ['text', () => ({ text: 'hello' })],
  ['a redirect', () => ({ redirect: '/plain' })],
  ['a file', () => ({ file })],
  ['a stream', () => ({ chunks: chunks() })],
  ['server-sent events', () => ({ events: chunks() })],
  ['no content', () => ({ status: 204 })],
  ['not modified', () => ({ status: 304 })],
]

const routes: Routes = {
  'GET /plain': () => ({ text: 'plain' }),
  'GET /who': ({ session }) => ({ json: session.get('name') ?? null }),
  'POST /begin': ({ session }) => {
    session.set('name', 'andrew')
    return { json: 'ok' }
  },
  'POST /count': async ({ session }) => ({ json: await session.increment('page_views') }),
  'POST /login': async ({ session }) => {
    await session.rotate()
    session.set('name', 'logged in')
    return { json: 'ok' }
  },
  'POST /logout': async ({ session }) => {
    await session.destroy()
    return { json: 'ok' }
  },
}

function expectUnavailable(answer: Exchange): void {
  expect([answer.status, answer.json()]).toEqual([503, { error: 'SOJOURN_SESSION_UNAVAILABLE' }])
  expect(answer.headers.location).toBeUndefined()
  expect(answer.headers.etag).not.toBe('"of the answer"')
}

export function describeFailures({ open, adapter }: Bench): void {
  describe('a session that cannot be saved', () => {
    test.each(REPLIES)('V16.5.3 turns %s into a 503, with the cookie as it was', async (_kind, reply) => {
      const { browser, probe, errors } = await open({
        ...routes,
        'POST /answer': ({ session }) => {
          session.set('name', 'lost')
          return reply()
        },
      })
      const visitor = browser()
      await visitor.post('/begin')
      probe.fail('updateSession')
      probe.fail('createSession')
      for (const each of [visitor, browser()]) {
        probe.calls()
        const answer = await each.post('/answer')
        // A hijacked reply is not Fastify's any more, nor is its error.
        if (adapter.name === 'fastify' && 'events' in reply()) expect([answer.status, answer.body]).toEqual([503, ''])
        else expectUnavailable(answer)
        expect([answer.cookies, answer.headers['cache-control']]).toEqual([[], 'no-store'])
        expect(probe.calls().filter(([method]) => /^(create|update)/.test(method))).toHaveLength(1)
      }
      const seen = adapter.name === 'fastify' && 'events' in reply() ? 0 : 2
      expect(errors).toEqual(
        Array.from({ length: seen }, () => expect.objectContaining({ name: 'SessionUnavailableError', status: 503 })),
      )
      probe.mend()
      expect((await visitor.get('/who')).json()).toBe('andrew')
    })

    test('V16.5.3 answers 503 by the framework alone, where nobody handles errors', async () => {
      const { browser, probe } = await open(routes, { plainErrors: true })
      probe.fail('createSession')
      const { status, cookies, headers } = await browser().post('/begin')
      expect([status, cookies, headers['cache-control']]).toEqual([503, [], 'no-store'])
      probe.fail('readSession')
      const visitor = browser()
      visitor.plant(`sid=${'A'.repeat(43)}; Path=/`)
      const loaded = await visitor.get('/who')
      expect([loaded.status, loaded.cookies, loaded.headers['cache-control']]).toEqual([503, [], 'no-store'])
    })

    test('V16.5.3 fails the request where the handler asks the store itself', async () => {
      const { browser, probe, errors, store } = await open(routes)
      const visitor = browser()
      await visitor.post('/begin')
      const cookie = visitor.cookie('sid')
      for (const [path, method] of [
        ['/count', 'incrementField'],
        ['/login', 'rotateSession'],
        ['/logout', 'deleteSession'],
      ] as const) {
        probe.fail(method)
        const answer = await visitor.post(path)
        expectUnavailable(answer)
        expect(answer.cookies).toEqual([])
      }
      expect(errors).toHaveLength(3)
      expect(visitor.cookie('sid')).toBe(cookie)
      probe.mend()
      expect((await visitor.get('/who')).json()).toBe('andrew')
      expect(await countSessions(store)).toBe(1)
    })

    test('still hands out the new ID of a rotation that succeeded before', async () => {
      const { browser, probe } = await open(routes)
      const visitor = browser()
      await visitor.post('/begin')
      const before = visitor.cookie('sid')
      probe.fail('updateSession')
      const answer = await visitor.post('/login')
      expectUnavailable(answer)
      expect(answer.cookies).toHaveLength(1)
      expect(visitor.cookie('sid')).not.toBe(before)
      probe.mend()
      expect((await visitor.get('/who')).json()).toBe('andrew')
    })

    test('because it is too large, is an error of the application', async () => {
      const { browser, errors, store } = await open({
        ...routes,
        'POST /large': ({ session }) => {
          session.set('name', 'x'.repeat(20_000))
          return { json: 'ok' }
        },
      })
      const visitor = browser()
      await visitor.post('/begin')
      const { status, cookies } = await visitor.post('/large')
      expect([status, cookies]).toEqual([500, []])
      expect(errors).toEqual([expect.any(LimitExceededError)])
      expect((await visitor.get('/who')).json()).toBe('andrew')
      const stranger = browser()
      expect((await stranger.post('/large')).status).toBe(500)
      expect(stranger.cookie('sid')).toBeUndefined()
      expect(await countSessions(store)).toBe(1)
    })

    test('by the handler itself, is saved with the response if the store is back by then', async () => {
      const { browser, probe, store } = await open({
        ...routes,
        'POST /patient': async ({ session }) => {
          session.set('name', 'patient')
          session.setTtl(900)
          const code = await session.save().catch((error) => error.code)
          session.set('other', 'field')
          probe.mend()
          return { json: code }
        },
      })
      const visitor = browser()
      await visitor.post('/begin')
      for (const each of [visitor, browser()]) {
        probe.fail('updateSession')
        probe.fail('createSession')
        expect((await each.post('/patient')).json()).toBe('SOJOURN_SESSION_UNAVAILABLE')
        const session = { ...(await store.getSession(each.cookie('sid') as string)) }
        expect(session).toMatchObject({ name: 'patient', other: 'field', session_ttl: '900' })
      }
      expect(await countSessions(store)).toBe(2)
    })

    test('does not hide that the handler failed before it', async () => {
      const { browser, probe, errors } = await open({
        ...routes,
        'POST /fail': ({ session }) => {
          session.set('name', 'lost')
          throw new Error('handler failed')
        },
      })
      const visitor = browser()
      await visitor.post('/begin')
      probe.fail('updateSession')
      const { status, cookies } = await visitor.post('/fail')
      expect([status >= 500, cookies]).toEqual([true, []])
      expect(errors.length).toBeGreaterThan(0)
      probe.mend()
      expect((await visitor.get('/who')).json()).toBe('andrew')
    })
  })

  describe('a session that cannot be read', () => {
    test('V16.5.3 keeps the handler from running, and the cookie as it was', async () => {
      let ran = 0
      const { browser, probe, errors } = await open({
        ...routes,
        'GET /ran': () => {
          ran += 1
          return { json: 'ran' }
        },
      })
      const visitor = browser()
      await visitor.post('/begin')
      probe.fail('readSession')
      const answer = await visitor.get('/ran')
      expectUnavailable(answer)
      expect([answer.cookies, answer.headers['cache-control'], ran]).toEqual([[], 'no-store', 0])
      expect(errors).toEqual([expect.objectContaining({ name: 'SessionUnavailableError', status: 503 })])
      expect((await browser().get('/ran')).status).toBe(200)
      probe.mend()
      expect((await visitor.get('/who')).json()).toBe('andrew')
    })

    test.each([false, true])('goes on as nobody with onUnavailable: anonymous, lazy %j', async (lazy) => {
      const events: unknown[] = []
      const { browser, probe, store } = await open(
        {
          ...routes,
          'GET /page': async ({ session }) => {
            await session.load()
            const { isUnavailable, isNew, handle } = session
            return { json: [session.get('name') ?? null, [...session.entries()].length, isUnavailable, isNew, handle] }
          },
          'POST /set': async ({ session }) => {
            await session.load()
            session.set('name', 'somebody else')
            return { json: 'ok' }
          },
        },
        { onUnavailable: 'anonymous', lazy, cookie: { maxAge: 'ttl' }, onEvent: (event) => events.push(event) },
      )
      const visitor = browser()
      await visitor.post('/count')
      const cookie = visitor.cookie('sid') as string
      expect((await visitor.get('/page')).json()).toEqual([null, 1, false, false, expect.any(String)])

      probe.fail('readSession')
      probe.calls()
      const { status, cookies, headers, json } = await visitor.get('/page')
      expect([status, json()]).toEqual([200, [null, 0, true, false, null]])
      expect([cookies, headers['cache-control'], headers['vary']]).toEqual([[], 'no-store', 'Cookie'])
      for (const path of ['/set', '/count', '/login', '/logout']) {
        const refused = await visitor.post(path)
        expectUnavailable(refused)
        expect(refused.cookies).toEqual([])
      }
      expect(new Set(probe.calls().map(([method]) => method))).toEqual(new Set(['readSession']))
      expect(events[0]).toMatchObject({ type: 'unavailable-session', handle: sessionHandle(cookie) })

      probe.mend()
      expect(visitor.cookie('sid')).toBe(cookie)
      expect((await visitor.post('/count')).json()).toBe(2)
      expect(await countSessions(store)).toBe(1)
    })

    test('V16.2.5 no error, and nothing that hangs on it, holds the ID', async () => {
      const { browser, probe, errors } = await open(routes)
      const visitor = browser()
      await visitor.post('/begin')
      const id = visitor.cookie('sid') as string
      const { inspect } = await import('node:util')
      for (const method of [
        'readSession',
        'updateSession',
        'rotateSession',
        'deleteSession',
        'incrementField',
      ] as const) {
        probe.fail(method)
        for (const path of ['/count', '/login', '/logout', '/begin']) {
          const { body, headers } = await visitor.post(path)
          delete headers['set-cookie']
          expect(JSON.stringify([headers, body])).not.toContain(id)
        }
        probe.mend()
        await visitor.post('/begin')
      }
      expect(errors.length).toBeGreaterThan(5)
      expect(inspect(errors, { depth: 9, showHidden: true })).not.toContain(id)
    })
  })
}
