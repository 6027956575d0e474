/** The first byte of a response waits until the session is saved, whichever way the framework sends it. */
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../../src/http/manager.ts'
import type { Browser } from '../../support/http/browser.ts'
import { type Gate, gate } from '../../support/http/gate.ts'
import type { Reply, Routes } from '../adapter.ts'
import type { Probe } from '../probe.ts'
import { type Bench, countSessions, type SiteOptions } from '../site.ts'

async function* chunks() {
  yield 'one,'
  yield 'two,'
  yield 'three'
}

const file = new URL('../../support/http/localhost.cert.pem', import.meta.url)

/** Each way to answer, with the status and the beginning of the body that the browser gets. */
const REPLIES: readonly [kind: string, reply: () => Reply, status: number, body: string][] = [
  ['JSON', () => ({ json: { ok: true } }), 200, '{"ok":true}'],
  ['text', () => ({ text: 'hello' }), 200, 'hello'],
  ['a redirect', () => ({ redirect: '/plain' }), 302, ''],
  ['a file', () => ({ file }), 200, '-----BEGIN CERTIFICATE-----'],
  ['a stream', () => ({ chunks: chunks() }), 200, 'one,two,three'],
  ['server-sent events', () => ({ events: chunks() }), 200, 'data: one,\n\ndata: two,\n\ndata: three\n\n'],
  ['no content', () => ({ status: 204 }), 204, ''],
  ['not modified', () => ({ status: 304 }), 304, ''],
]

const routes: Routes = {
  'GET /plain': () => ({ text: 'plain' }),
  'GET /who': ({ session }) => ({ json: session.get('name') ?? null }),
  'POST /begin': ({ session }) => {
    session.set('name', 'andrew')
    return { json: 'ok' }
  },
}

/** Resolves when the server has had the time to answer whatever it was asked before. */
const turn = (visitor: Browser) => visitor.get('/plain')

export function describeFirstByte({ open, adapter }: Bench): void {
  describe('the first byte', () => {
    test.each(REPLIES)('of %s waits for the changes to be saved', async (_kind, reply, status, body) => {
      const { browser, probe, store } = await open({
        ...routes,
        'GET /answer': ({ session }) => {
          session.set('name', 'changed')
          return reply()
        },
      })
      const visitor = browser()
      await visitor.post('/begin')
      let answered = false
      const reached = probe.hold('updateSession')
      const answering = visitor.get('/answer').finally(() => {
        answered = true
      })
      const release = await reached
      await turn(browser())
      expect(answered).toBe(false)
      release()
      const answer = await answering
      expect([answer.status, answer.body.startsWith(body), answer.cookies]).toEqual([status, true, []])
      expect((await store.getSession(visitor.cookie('sid') as string))?.name).toBe('changed')
    })

    test.each(REPLIES)('of %s has the cookie of a new session behind it', async (_kind, reply, status, body) => {
      const { browser, store } = await open({
        ...routes,
        'GET /answer': ({ session }) => {
          session.set('name', 'new')
          return reply()
        },
      })
      const visitor = browser()
      const answer = await visitor.get('/answer')
      expect([answer.status, answer.body.startsWith(body), answer.cookies.length]).toEqual([status, true, 1])
      expect((await store.getSession(visitor.cookie('sid') as string))?.name).toBe('new')
    })

    test('of an answer to HEAD waits too', async () => {
      const { browser, probe, store } = await open({
        ...routes,
        'GET /answer': ({ session }) => {
          session.set('name', 'by HEAD')
          return { json: { ok: true } }
        },
      })
      const visitor = browser()
      const reached = probe.hold('createSession')
      const answering = visitor.send('HEAD', '/answer')
      const release = await reached
      release()
      const { status, body, cookies } = await answering
      expect([status, body, cookies.length]).toEqual([200, '', 1])
      expect((await store.getSession(visitor.cookie('sid') as string))?.name).toBe('by HEAD')
    })

    test('of an error waits too: what the handler changed before is saved, and a new ID arrives', async () => {
      const { browser, errors } = await open({
        ...routes,
        'POST /fail': async ({ session }) => {
          await session.rotate()
          session.set('name', 'before the error')
          throw new Error('handler failed')
        },
      })
      const visitor = browser()
      await visitor.post('/begin')
      const before = visitor.cookie('sid')
      const { status, body, cookies, headers } = await visitor.post('/fail')
      expect([status, JSON.parse(body), cookies.length]).toEqual([500, { error: 'handler failed' }, 1])
      expect(headers['cache-control']).toBe('no-store')
      expect(errors.map(String)).toEqual(['Error: handler failed'])
      expect(visitor.cookie('sid')).not.toBe(before)
      expect((await visitor.get('/who')).json()).toBe('before the error')
    })

    test('waits for what the handler has begun and not awaited', async () => {
      const { browser, store } = await open({
        ...routes,
        'POST /hasty': ({ session }) => {
          void session.increment('page_views')
          void session.rotate({ data: { name: 'rotated' } })
          return { json: 'ok' }
        },
        'POST /leave': ({ session }) => {
          void session.destroy()
          return { json: 'ok' }
        },
      })
      const visitor = browser()
      await visitor.post('/begin')
      await visitor.post('/hasty')
      expect({ ...(await store.getSession(visitor.cookie('sid') as string)) }).toMatchObject({
        name: 'rotated',
        page_views: '1',
      })
      await visitor.post('/leave')
      expect([visitor.cookie('sid'), await countSessions(store)]).toEqual([undefined, 0])
    })
  })

  describe('a response in progress', () => {
    /** Sends `one`, waits for the gate, runs the work, and sends `two`. */
    async function* events(more: Gate, work: () => unknown) {
      yield 'one'
      await more.opened
      await work()
      yield 'two'
    }

    test('has saved what came before its first event, and saves what comes later', async () => {
      const more = gate()
      const { browser, store } = await open({
        ...routes,
        'GET /events': ({ session }) => {
          session.set('early', 'yes')
          return { events: events(more, () => session.set('late', 'yes')) }
        },
        'GET /saving': ({ session }) => ({
          events: events(more, async () => {
            session.set('saved', 'yes')
            await session.save()
          }),
        }),
      })
      const visitor = browser()
      await visitor.post('/begin')
      const stored = async () => ({ ...(await store.getSession(visitor.cookie('sid') as string)) })
      const response = await visitor.begin('GET', '/events')
      const [first] = await once(response, 'data')
      expect(String(first)).toBe('data: one\n\n')
      expect(await stored()).toMatchObject({ early: 'yes' })
      more.open()
      expect(await text(response)).toBe('data: two\n\n')
      expect((await stored()).late).toBe(adapter.holdsNodeResponse ? 'yes' : undefined)

      expect((await visitor.get('/saving')).body).toContain('two')
      expect((await stored()).saved).toBe('yes')
    })

    describe.runIf(adapter.holdsNodeResponse)('whose client goes away', () => {
      async function leave(options: SiteOptions<null>, prepare: (probe: Probe) => void) {
        const [changed, left, never] = [gate(), gate(), gate()]
        const site = await open(
          {
            ...routes,
            'GET /events': ({ session }) => ({
              events: events(changed, () => {
                session.set('late', 'yes')
                left.open()
                return never.opened
              }),
            }),
          },
          options,
        )
        const visitor = site.browser()
        await visitor.post('/begin')
        prepare(site.probe)
        const response = await visitor.begin('GET', '/events')
        await once(response, 'data')
        changed.open()
        await left.opened
        response.destroy()
        return { ...site, visitor }
      }

      test('has saved what it changed', async () => {
        let reached: Promise<() => void> | undefined
        const { probe } = await leave({}, (probe) => {
          probe.calls()
          reached = probe.hold('updateSession')
        })
        const release = await reached
        release?.()
        expect(probe.calls()).toContainEqual(['updateSession', expect.any(String), { late: 'yes' }, expect.anything()])
      })

      test('tells when that cannot be saved', async () => {
        const told = gate()
        const seen: SessionEvent[] = []
        const onEvent = (event: SessionEvent) => {
          seen.push(event)
          told.open()
        }
        await leave({ onEvent }, (probe) => probe.fail('updateSession'))
        await told.opened
        expect(seen).toMatchObject([{ type: 'unsaved-changes', error: { code: 'SOJOURN_SESSION_UNAVAILABLE' } }])
      })
    })

    test('cannot begin a session any more, and says so', async () => {
      const more = gate()
      const refused: unknown[] = []
      const attempt = async (work: () => unknown) => {
        try {
          await work()
        } catch (error) {
          refused.push((error as { code: string }).code)
        }
      }
      const { browser, store } = await open({
        ...routes,
        'GET /events': ({ session }) => ({
          events: events(more, async () => {
            await attempt(() => session.set('late', 'yes'))
            await attempt(() => session.increment('late'))
            await attempt(() => session.csrfToken())
            await attempt(() => session.rotate({ data: { late: 'yes' } }))
          }),
        }),
        'GET /rotating': ({ session }) => ({ events: events(more, () => attempt(() => session.rotate())) }),
      })
      const response = await browser().begin('GET', '/events')
      await once(response, 'data')
      more.open()
      await text(response)
      expect(refused).toEqual(Array.from({ length: 4 }, () => 'SOJOURN_RESPONSE_STARTED'))
      expect(await countSessions(store)).toBe(0)

      const visitor = browser()
      await visitor.post('/begin')
      expect((await visitor.get('/rotating')).body).toContain('two')
      expect(refused).toHaveLength(5)
      expect((await visitor.get('/who')).json()).toBe('andrew')
    })

    test.runIf(adapter.holdsNodeResponse)('is cut off when what it changed cannot be saved', async () => {
      const more = gate()
      const heard: unknown[] = []
      const { browser, probe } = await open(
        {
          ...routes,
          'GET /events': ({ session }) => ({ events: events(more, () => session.set('late', 'yes')) }),
        },
        { onEvent: (event) => heard.push(event) },
      )
      const visitor = browser()
      await visitor.post('/begin')
      const response = await visitor.begin('GET', '/events')
      await once(response, 'data')
      probe.fail('updateSession')
      more.open()
      await expect(text(response)).rejects.toThrow('aborted')
      expect(heard).toEqual([
        {
          type: 'unsaved-changes',
          handle: expect.stringMatching(/^[\w-]{43}$/),
          error: expect.objectContaining({ code: 'SOJOURN_SESSION_UNAVAILABLE' }),
        },
      ])
    })
  })

  describe('a browser that leaves', () => {
    test('before the changes are saved, has them saved', async () => {
      const { browser, probe, store } = await open({
        ...routes,
        'POST /change': ({ session }) => {
          session.set('name', 'left')
          return { json: 'ok' }
        },
      })
      const visitor = browser()
      await visitor.post('/begin')
      const leaving = new AbortController()
      const reached = probe.hold('updateSession')
      const answering = visitor.post('/change', { signal: leaving.signal })
      const release = await reached
      leaving.abort()
      await expect(answering).rejects.toThrow('aborted')
      await turn(browser())
      release()
      await turn(browser())
      expect((await store.getSession(visitor.cookie('sid') as string))?.name).toBe('left')
    })

    test('while they fail to be saved, harms nobody', async () => {
      const { browser, probe } = await open({
        ...routes,
        'POST /change': ({ session }) => {
          session.set('name', 'left')
          return { chunks: chunks() }
        },
      })
      const visitor = browser()
      await visitor.post('/begin')
      const leaving = new AbortController()
      const reached = probe.hold('updateSession')
      probe.fail('updateSession')
      const answering = visitor.post('/change', { signal: leaving.signal })
      const release = await reached
      leaving.abort()
      await expect(answering).rejects.toThrow('aborted')
      await turn(browser())
      release()
      await turn(browser())
      expect((await visitor.get('/who')).json()).toBe('andrew')
    })

    test('in the middle of a stream, harms nobody', async () => {
      const more = gate()
      const { browser } = await open({
        ...routes,
        'GET /endless': ({ session }) => ({
          chunks: (async function* () {
            yield 'one'
            await more.opened
            session.set('name', 'late')
            for (let i = 0; i < 100; i++) yield 'more'.repeat(1000)
          })(),
        }),
      })
      const visitor = browser()
      await visitor.post('/begin')
      const response = await visitor.begin('GET', '/endless')
      await once(response, 'data')
      response.on('error', () => {}).destroy()
      await turn(browser())
      more.open()
      await turn(browser())
      expect((await visitor.get('/plain')).body).toBe('plain')
    })
  })
}
