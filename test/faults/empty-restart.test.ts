/** Scenario 2: Redis comes back with nothing. "Failed" is never taken for "absent", nor the other way round. */
import { expect, onTestFinished, test } from 'vitest'
import type { Routes } from '../http/adapter.ts'
import { node } from '../http/adapters/node.ts'
import { memory } from '../http/engines.ts'
import { benchOf } from '../http/site.ts'
import { eventually } from '../support/redis/eventually.ts'
import { startRedis } from '../support/redis/server.ts'
import { CLIENTS, connectOne } from './support/clients.ts'
import { storesOn } from './support/promises.ts'

const routes: Routes = {
  'GET /who': ({ session }) => ({ json: session.get('name') ?? null }),
  'POST /name': ({ session }) => {
    session.set('name', 'andrew')
    return { json: 'ok' }
  },
}

test.each(CLIENTS)(
  'while it is gone cookies stay; when it is back, empty, they open nothing and are cleared or replaced (%s)',
  async (name) => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const { patient: store } = storesOn(await connectOne(name, redis.url))
    const { browser } = await benchOf(node, memory).open(routes, { store })
    const visitor = browser()
    await visitor.post('/name')
    const cookie = visitor.cookie('sid')

    await redis.kill()
    await eventually('the client to notice', async () => (await visitor.get('/who')).status === 503)
    const failed = await visitor.get('/who', { headers: { 'sec-fetch-mode': 'navigate' } })
    expect([failed.status, failed.cookies, visitor.cookie('sid')]).toEqual([503, [], cookie])

    await redis.restart({ empty: true })
    await eventually('the client to be back', async () => (await visitor.copy().get('/who')).status === 200)
    const navigator = visitor.copy()
    const page = await navigator.get('/who', { headers: { 'sec-fetch-mode': 'navigate' } })
    expect([page.status, page.json(), page.headers['cache-control']]).toEqual([200, null, 'no-store'])
    expect(navigator.cookie('sid')).toBe(undefined)
    // What a page fetches clears nothing: it may have been overtaken by a login.
    const absent = await visitor.get('/who')
    expect([absent.status, absent.json(), absent.cookies]).toEqual([200, null, []])
    expect(await redis.cli('DBSIZE')).toBe('0')

    await visitor.post('/name')
    expect((await visitor.get('/who')).json()).toBe('andrew')
    expect(visitor.cookie('sid')).not.toBe(cookie)
  },
)
