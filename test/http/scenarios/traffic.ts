/** What a request costs, and what the store is sent. */
import { describe, expect, test } from 'vitest'
import type { Routes } from '../adapter.ts'
import { type Bench, countSessions } from '../site.ts'

const routes: Routes = {
  'GET /plain': () => ({ text: 'nobody looked at the session' }),
  'GET /read': ({ session }) => ({ json: { name: session.get('name') ?? null, isNew: session.isNew } }),
  'POST /name': ({ session, query }) => {
    session.set('name', query.get('name') as string)
    return { json: 'saved' }
  },
  'POST /change': ({ session }) => {
    session.set('a', '1')
    session.delete('b')
    session.set('c', 'no')
    session.set('c', 'yes')
    return { json: 'saved' }
  },
  'POST /undo': ({ session }) => {
    session.set('name', 'andrew')
    session.delete('name')
    return { json: 'nothing left' }
  },
  'POST /count': async ({ session }) => ({ json: await session.increment('page_views') }),
  'POST /ttl': ({ session }) => {
    session.setTtl(77)
    session.set('name', 'andrew')
    return { json: session.ttl }
  },
}

export function describeTraffic({ open }: Bench): void {
  describe('traffic', () => {
    test('V7.6.2 anonymous requests cost no command and leave no key and no cookie', async () => {
      const { browser, probe, store } = await open(routes)
      const visitor = browser()
      for (const path of ['/plain', '/read', '/missing']) {
        const { cookies, headers } = await visitor.get(path)
        expect(cookies).toEqual([])
        expect(headers['cache-control']).toBeUndefined()
      }
      expect((await visitor.post('/undo')).cookies).toEqual([])
      expect(probe.calls()).toEqual([])
      expect(await countSessions(store)).toBe(0)
    })

    test('a request that only reads is one command', async () => {
      const { browser, probe } = await open(routes)
      const visitor = browser()
      await visitor.post('/name?name=andrew')
      probe.calls()
      expect((await visitor.get('/read')).json()).toEqual({ name: 'andrew', isNew: false })
      expect(probe.calls()).toEqual([['readSession', visitor.cookie('sid')]])
      await visitor.get('/plain')
      expect(probe.calls()).toHaveLength(1)
    })

    test('a first visit that stores something is one command', async () => {
      const { browser, probe, store } = await open(routes)
      const visitor = browser()
      await visitor.post('/ttl')
      expect(probe.calls().map(([method]) => method)).toEqual(['createSession'])
      expect(await store.getConfiguredTtl(visitor.cookie('sid') as string)).toBe(77)
      const counter = browser()
      expect((await counter.post('/count')).json()).toBe(1)
      expect(probe.calls().map(([method]) => method)).toEqual(['createSession'])
    })

    test('V15.3.4 a request that changes fields is two commands, and sends only what changed', async () => {
      const { browser, probe, store } = await open(routes)
      const visitor = browser()
      await visitor.post('/name?name=andrew')
      const id = visitor.cookie('sid') as string
      await store.updateSession(id, { b: 'gone', d: 'untouched' })
      probe.calls()
      await visitor.post('/change')
      expect(probe.calls()).toEqual([
        ['readSession', id],
        ['updateSession', id, expect.toSatisfy(isFields({ a: '1', c: 'yes' })), { remove: ['b'], ttl: undefined }],
      ])
      expect({ ...(await store.getSession(id)) }).toMatchObject({ name: 'andrew', a: '1', c: 'yes', d: 'untouched' })
      expect(await store.getSession(id)).not.toHaveProperty('b')
    })

    test('an increment is one command besides reading', async () => {
      const { browser, probe } = await open(routes)
      const visitor = browser()
      await visitor.post('/count')
      probe.calls()
      expect((await visitor.post('/count')).json()).toBe(2)
      expect(probe.calls().map(([method]) => method)).toEqual(['readSession', 'incrementField'])
    })

    test('a new TTL goes with the other changes', async () => {
      const { browser, probe, store } = await open(routes, { storeOptions: { ttl: 500 } })
      const visitor = browser()
      await visitor.post('/name?name=andrew')
      probe.calls()
      expect((await visitor.post('/ttl')).json()).toBe(77)
      expect(probe.calls().map(([method]) => method)).toEqual(['readSession', 'updateSession'])
      expect(await store.getTtl(visitor.cookie('sid') as string)).toBe(77)
    })

    test('a path that is skipped has no session and costs nothing', async () => {
      const { browser, probe } = await open(
        { ...routes, 'GET /health': ({ session }) => ({ json: session === undefined || session === null }) },
        { skip: (path) => path === '/health' },
      )
      const visitor = browser()
      await visitor.post('/name?name=andrew')
      probe.calls()
      expect((await visitor.get('/health')).json()).toBe(true)
      expect(probe.calls()).toEqual([])
    })
  })
}

function isFields(expected: Record<string, string>) {
  return (actual: Record<string, string>) => JSON.stringify(actual) === JSON.stringify(expected)
}
