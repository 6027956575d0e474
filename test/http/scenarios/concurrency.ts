/** Requests of one session that cross each other: nothing lost, nothing revived, nobody logged out. */
import { describe, expect, test } from 'vitest'
import { type Gate, gate } from '../../support/http/gate.ts'
import type { Routes } from '../adapter.ts'
import { type Bench, countSessions } from '../site.ts'

const TEN = Array.from({ length: 10 }, (_, i) => i)

const routes: Routes = {
  'GET /who': ({ session }) => ({ json: session.get('username') ?? null }),
  'POST /login': async ({ session }) => {
    await session.rotate({ authenticated: true, data: { username: 'andrew' } })
    return { json: 'ok' }
  },
  'POST /logout': async ({ session }) => {
    await session.destroy()
    return { json: 'ok' }
  },
}

/** Handlers that wait: each opens its `entered` gate and goes on when `go` is opened. */
function crossing() {
  const [entered, go] = [gate(), gate()]
  const wait = (): Promise<void> => {
    entered.open()
    return go.opened
  }
  return { entered: entered.opened, go: go.open, wait }
}

/** A gate that opens when so many have come to it. */
function meeting(count: number): { gate: Gate; arrive(): Promise<void> } {
  const all = gate()
  let arrived = 0
  return {
    gate: all,
    arrive() {
      arrived += 1
      if (arrived === count) all.open()
      return all.opened
    },
  }
}

export function describeConcurrency({ open }: Bench): void {
  describe('requests at once', () => {
    test('V15.4.2 ten that each set a field of their own all win', async () => {
      const together = meeting(TEN.length)
      const { browser, store } = await open({
        ...routes,
        'POST /set': async ({ session, query }) => {
          session.set(`field-${query.get('i')}`, 'set')
          await together.arrive()
          return { json: 'ok' }
        },
      })
      const visitor = browser()
      await visitor.post('/login')
      await Promise.all(TEN.map((i) => visitor.copy().post(`/set?i=${i}`)))
      const session = { ...(await store.getSession(visitor.cookie('sid') as string)) }
      expect(session).toMatchObject(Object.fromEntries(TEN.map((i) => [`field-${i}`, 'set'])))
    })

    test('V15.4.2 ten increments add up, and each sees another sum', async () => {
      const together = meeting(TEN.length)
      const { browser } = await open({
        ...routes,
        'POST /count': async ({ session }) => {
          await together.arrive()
          return { json: await session.increment('page_views') }
        },
      })
      const visitor = browser()
      await visitor.post('/login')
      const answers = await Promise.all(TEN.map(() => visitor.copy().post('/count')))
      const sums = answers.map((answer) => answer.json() as number).sort((a, b) => a - b)
      expect(sums).toEqual(TEN.map((i) => i + 1))
    })

    test('several increments of one request add up, on a new session too', async () => {
      const { browser, store } = await open({
        'POST /count': async ({ session }) => {
          const sums = await Promise.all(TEN.map(() => session.increment('page_views', 2)))
          session.set('page_views', '5')
          sums.push(await session.increment('page_views'))
          return { json: [sums, session.get('page_views')] }
        },
      })
      const visitor = browser()
      const sums = TEN.map((i) => (i + 1) * 2)
      expect((await visitor.post('/count')).json()).toEqual([[...sums, 6], '6'])
      expect(await countSessions(store)).toBe(1)
    })

    test('V7.4.1 a slow write that crosses a logout revives nothing, and takes its cookie back', async () => {
      const { entered, go, wait } = crossing()
      const { browser, store } = await open({
        ...routes,
        'POST /slow': async ({ session }) => {
          session.set('draft', 'late')
          await wait()
          return { json: 'ok' }
        },
      })
      const visitor = browser()
      await visitor.post('/login')
      const slow = visitor.copy()
      const answering = slow.post('/slow')
      await entered
      await visitor.post('/logout')
      go()
      const { status, headers } = await answering
      expect([status, headers['cache-control']]).toEqual([200, 'no-store'])
      expect(slow.cookie('sid')).toBeUndefined()
      expect(await countSessions(store)).toBe(0)
    })

    test.each([
      ['an increment', 'increment'],
      ['a save', 'save'],
      ['a rotation', 'rotate'],
      ['another logout', 'destroy'],
    ] as const)('V7.4.1 %s that crosses a logout revives nothing', async (_, what) => {
      const { entered, go, wait } = crossing()
      const { browser, store } = await open({
        ...routes,
        'POST /slow': async ({ session }) => {
          await wait()
          let result: unknown
          if (what === 'increment') result = await session.increment('page_views')
          else if (what === 'save') result = (session.set('draft', 'late'), await session.save())
          else result = await session[what]()
          return { json: [result ?? null, session.get('username') ?? null] }
        },
      })
      const visitor = browser()
      await visitor.post('/login')
      const slow = visitor.copy()
      const answering = slow.post('/slow')
      await entered
      const old = visitor.cookie('sid') as string
      await visitor.post('/logout')
      go()
      const [result, username] = (await answering).json() as unknown[]
      expect(username).toBe(null)
      expect(result).toBe(null)
      expect(await store.getSession(old)).toBe(null)
      expect(await countSessions(store)).toBe(0)
      expect((await slow.get('/who')).json()).toBe(null)
    })

    test('a login that crosses a logout begins a session anew, with nothing of the old one', async () => {
      const { entered, go, wait } = crossing()
      const { browser, store } = await open({
        ...routes,
        'POST /slow-login': async ({ session }) => {
          session.set('old', 'data')
          await wait()
          await session.rotate({ data: { username: 'other' } })
          return { json: 'ok' }
        },
      })
      const visitor = browser()
      await visitor.post('/login')
      const slow = visitor.copy()
      const answering = slow.post('/slow-login')
      await entered
      await visitor.post('/logout')
      go()
      await answering
      const session = { ...(await store.getSession(slow.cookie('sid') as string)) }
      expect(session).toMatchObject({ username: 'other' })
      expect(session).not.toHaveProperty('old')
    })

    test('a rotation with grace that crosses ten reads logs nobody out', async () => {
      const before = meeting(TEN.length + 1)
      const after = gate()
      const { browser, store } = await open({
        ...routes,
        'GET /slow': async ({ session }) => {
          void before.arrive()
          await after.opened
          return { json: [session.get('username') ?? null, await session.increment('page_views')] }
        },
        'POST /renew': async ({ session }) => {
          await session.rotate({ grace: 30 })
          return { json: 'ok' }
        },
      })
      const visitor = browser()
      await visitor.post('/login')
      const tabs = TEN.map(() => visitor.copy())
      const crossingReads = tabs.map((tab) => tab.get('/slow'))
      void before.arrive()
      await before.gate.opened
      await visitor.post('/renew')
      const lateReads = tabs.map((tab) => tab.copy().get('/slow'))
      after.open()
      for (const answer of await Promise.all([...crossingReads, ...lateReads])) {
        expect([answer.status, (answer.json() as unknown[])[0], answer.cookies]).toEqual([200, 'andrew', []])
      }
      expect((await store.getSession(visitor.cookie('sid') as string))?.page_views).toBe('20')
      for (const tab of [visitor, ...tabs]) expect((await tab.get('/who')).json()).toBe('andrew')
    })

    test('a read that comes late, with the cookie from before a login, does not take the new one away', async () => {
      const { browser } = await open({
        ...routes,
        'POST /cart': ({ session }) => {
          session.set('cart', 'apple')
          return { json: 'ok' }
        },
      })
      const visitor = browser()
      await visitor.post('/cart')
      const late = visitor.copy()
      await visitor.post('/login')
      const { cookies } = await late.get('/who')
      visitor.jar.take(new URL(visitor.origin), cookies)
      expect((await visitor.get('/who')).json()).toBe('andrew')
    })

    test('a change made while the earlier ones are being saved is saved too', async () => {
      const { browser, probe, store } = await open({
        ...routes,
        'POST /both': async ({ session }) => {
          session.set('a', '1')
          const saving = session.save()
          session.set('b', '2')
          session.set('a', '3')
          await saving
          return { json: 'ok' }
        },
      })
      const visitor = browser()
      await visitor.post('/login')
      probe.calls()
      await visitor.post('/both')
      expect({ ...(await store.getSession(visitor.cookie('sid') as string)) }).toMatchObject({ a: '3', b: '2' })
      const newcomer = browser()
      await newcomer.post('/both')
      expect({ ...(await store.getSession(newcomer.cookie('sid') as string)) }).toMatchObject({ a: '3', b: '2' })
      expect(await countSessions(store)).toBe(2)
    })
  })
}
