/** Taking over from connect-redis: real servers with it, before and beside servers with ours. */
import { randomUUID } from 'node:crypto'
import { RedisStore } from 'connect-redis'
import { Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type RedisOptions, SojournStore } from '../../src/compat/express-session.ts'
import { sessionHandle } from '../../src/index.ts'
import { done, type Handler, opener, type Site } from './express-session/site.ts'
import { crowd } from './support/crowd.ts'

const { url } = inject('redis')
const client = createClient({ url })
const ioredis = new Redis(url, { lazyConnect: true })
const cluster = createCluster({
  rootNodes: inject('cluster').ports.map((port) => ({ socket: { host: '127.0.0.1', port } })),
})
beforeAll(() => Promise.all([client.connect(), ioredis.connect(), cluster.connect()]))
afterAll(() => Promise.all([client.close(), ioredis.quit(), cluster.close()]))

const age = async () => {}
const slow = { gate: crowd() }
const routes: Record<string, Handler> = {
  '/login': ({ session }) => {
    session.user = 'andrew'
    session.cart = { items: [] }
  },
  '/': ({ session }) => session.user ?? 'nobody',
  '/id': ({ sessionID }) => sessionID,
  '/view': ({ session }) => {
    session.views = (session.views ?? 0) + 1
    return session.views
  },
  '/save': async ({ session }) => {
    await done((callback) => session.save(callback))
    return session.user
  },
  '/logout': ({ session }) => done((callback) => session.destroy(callback)),
  '/slow': async ({ session }) => {
    await slow.gate.pass()
    session.theme = 'dark'
  },
}

type Options = Partial<Omit<RedisOptions, 'engine'>>
interface Migration {
  readonly old: Site
  /** A server with ours. */
  ours(options?: Options): Promise<Site>
  readonly oldKey: (id: string) => string
  readonly newKey: (id: string) => string
}

const WAYS = [
  { name: 'to another prefix', samePrefix: false, hashIds: false },
  { name: 'to another prefix, with hashed IDs', samePrefix: false, hashIds: true },
  { name: 'within its prefix', samePrefix: true, hashIds: false },
  { name: 'within its prefix, with hashed IDs', samePrefix: true, hashIds: true },
]

describe.each(WAYS)('connect-redis $name', ({ samePrefix, hashIds }) => {
  async function migrate(cookie = {}): Promise<Migration> {
    const from = `old:${randomUUID()}:`
    const to = samePrefix ? from : `new:${randomUUID()}:`
    return {
      old: await opener(() => new RedisStore({ client, prefix: from }), age)({ cookie }, routes),
      ours(options) {
        const migrateFrom = { prefix: from }
        const make = () =>
          new SojournStore({ client, prefix: to, hashIds, commandTimeout: 10_000, migrateFrom, ...options })
        return opener(make, age)({ cookie }, routes)
      },
      oldKey: (id) => from + id,
      newKey: (id) => to + (hashIds ? sessionHandle(id) : id),
    }
  }

  test.each([
    ['a cookie that ends', { maxAge: 600_000 }],
    ['a cookie that ends with the browser', {}],
  ])('keeps a visitor with %s logged in, and the TTL', async (_, cookie) => {
    const { old, ours, oldKey, newKey } = await migrate(cookie)
    const visitor = old.browser()
    await visitor.get('/login')
    const id = (await visitor.see('/id')) as string
    await client.pExpire(oldKey(id), 300_000)

    const site = await ours()
    expect(await (site.store as SojournStore).get(id)).toMatchObject({ user: 'andrew', cart: { items: [] } })
    expect(await client.type(newKey(id))).toBe('hash')
    if (oldKey(id) !== newKey(id)) expect(await client.exists(oldKey(id))).toBe(0)
    const left = await client.pTTL(newKey(id))
    expect(left).toBeGreaterThan(290_000)
    expect(left).toBeLessThanOrEqual(300_000)

    const same = site.browser(visitor)
    expect(await same.see('/')).toBe('andrew')
    expect(await same.see('/id')).toBe(id)
    await same.get('/logout')
    expect(await same.see('/')).toBe('nobody')
    expect(await client.exists([oldKey(id), newKey(id)])).toBe(0)
  })

  test('without a ttl of its own, our store lets a session live as long as connect-redis does', async () => {
    const { old, ours, newKey } = await migrate()
    const visitor = old.browser()
    await visitor.get('/login')
    const id = (await visitor.see('/id')) as string
    const same = (await ours()).browser(visitor)
    for (const path of ['/', '/view', '/save']) {
      await same.get(path)
      expect(await client.ttl(newKey(id))).toBeGreaterThan(86_000)
    }
    expect(await client.ttl(newKey(id))).toBeLessThanOrEqual(86_400)
  })

  test('many first requests at once all find the session, and their changes all win', async () => {
    const { old, ours, oldKey, newKey } = await migrate()
    const visitor = old.browser()
    await visitor.get('/login')
    const id = (await visitor.see('/id')) as string
    const stores = [(await ours()).store, (await ours({ client: ioredis })).store] as SojournStore[]
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => stores[i % 2]?.get(id)))
    expect(all.map((session) => session?.user)).toEqual(Array.from({ length: 20 }, () => 'andrew'))
    await Promise.all(
      all.map((session, i) => stores[i % 2]?.set(id, Object.assign(session as never, { [`p${i}`]: i }))),
    )
    expect(Object.keys((await stores[0]?.get(id)) ?? {}).filter((name) => /^p\d+$/.test(name)).length).toBe(20)
    expect(await client.exists([...new Set([oldKey(id), newKey(id)])])).toBe(1)
  })

  test('a string without a TTL becomes a session with one', async () => {
    const { old, ours, oldKey, newKey } = await migrate()
    const visitor = old.browser()
    await visitor.get('/login')
    const id = (await visitor.see('/id')) as string
    await client.persist(oldKey(id))
    await ((await ours({ ttl: 500 })).store as SojournStore).get(id)
    expect(await client.ttl(newKey(id))).toBeGreaterThan(490)
    expect(await client.ttl(newKey(id))).toBeLessThanOrEqual(500)
  })

  test.each(['{"cookie":', '[]', '"text"', '5', 'null', '', '{}', '{"cookie":5}', '{"rate":5}'])(
    '%j is absent, and stays',
    async (text) => {
      const { ours, oldKey, newKey } = await migrate()
      const store = (await ours()).store as SojournStore
      await client.set(oldKey('corrupt'), text)
      expect(await store.get('corrupt')).toBe(null)
      expect(await store.ids()).toEqual([])
      await store.destroy('corrupt')
      await store.clear()
      expect(await client.get(oldKey('corrupt'))).toBe(text)
      if (oldKey('') !== newKey('')) expect(await client.exists(newKey('corrupt'))).toBe(0)
      await client.del(oldKey('corrupt'))
      await client.lPush(oldKey('corrupt'), 'x')
      expect(await store.get('corrupt')).toBe(null)
      await store.destroy('corrupt')
      expect(await client.type(oldKey('corrupt'))).toBe('list')
    },
  )

  test('a session that was never loaded here is listed, cleared and ended, too', async () => {
    const { old, ours, oldKey } = await migrate()
    const [one, other] = [old.browser(), old.browser()]
    await one.get('/login')
    await other.get('/login')
    const store = (await ours()).store as SojournStore
    const [a, b] = [await one.see('/id'), await other.see('/id')] as [string, string]
    const idOf = (id: string) => (hashIds ? sessionHandle(id) : id)
    await store.get(a)
    expect((await store.ids()).sort()).toEqual([idOf(a), idOf(b)].sort())
    expect((await store.all()).map(({ user }) => user)).toEqual(['andrew', 'andrew'])
    expect(await store.length()).toBe(2)
    await store.destroy(b)
    expect(await store.get(b)).toBe(null)
    expect(await client.exists(oldKey(b))).toBe(0)
    await old.browser().get('/login')
    await store.clear()
    expect(await store.length()).toBe(0)
  })

  test('a session that connect-redis has only touched is not over, though the expiry in its JSON has passed', async () => {
    const { old, ours, oldKey } = await migrate({ maxAge: 60_000 })
    const visitor = old.browser()
    await visitor.get('/login')
    const id = (await visitor.see('/id')) as string
    const json = JSON.parse((await client.get(oldKey(id))) as string)
    json.cookie.expires = new Date(Date.now() - 5000).toISOString()
    await client.set(oldKey(id), JSON.stringify(json), { expiration: 'KEEPTTL' })
    const site = await ours()
    const same = site.browser(visitor)
    expect(await same.see('/save')).toBe('andrew')
    expect(await same.see('/')).toBe('andrew')
  })

  test('a session that expires while it is taken over leaves its ID free', async () => {
    const { old, ours, oldKey, newKey } = await migrate()
    const visitor = old.browser()
    await visitor.get('/login')
    const id = (await visitor.see('/id')) as string
    const taking = interrupted('EVALSHA', oldKey(id), oldKey(id) === newKey(id) ? 2 : 1)
    taking.meanwhile = () => client.del(oldKey(id))
    const store = (await ours({ client: taking.client })).store as SojournStore
    expect(await store.get(id)).toBe(null)
    expect(await client.exists([oldKey(id), newKey(id)])).toBe(0)
    await store.set(id, { cookie: { originalMaxAge: null }, user: 'bert' })
    expect((await store.get(id))?.user).toBe('bert')
  })

  test('an increment takes the session over', async () => {
    const { old, ours } = await migrate()
    const visitor = old.browser()
    await visitor.get('/login')
    await visitor.get('/view')
    const store = (await ours()).store as SojournStore
    expect(await store.increment((await visitor.see('/id')) as string, 'views', 2)).toBe(3)
  })

  test.each([
    ['takes it over', 'GET', '/', 'andrew', false],
    ['dies while it takes it over', 'GET', '/', 'andrew', true],
    ['takes it over', 'EVALSHA', '/view', 1, false],
    ['dies while it takes it over', 'EVALSHA', '/view', 1, true],
  ])('side by side, a session stays whole while a server of the next deployment %s: %s', async (...crossing) => {
    const [, command, path, seen, dies] = crossing
    const { old, ours, oldKey, newKey } = await migrate()
    const visitor = old.browser()
    await visitor.get('/login')
    const id = (await visitor.see('/id')) as string
    const adopting = interrupted(
      'EVALSHA',
      newKey(id),
      dies && oldKey(id) !== newKey(id) ? 3 : Number.POSITIVE_INFINITY,
    )
    const next = (await ours({ client: adopting.client })).store as SojournStore
    adopting.meanwhile = () => Promise.reject(new Error('the server is gone'))
    // Within its prefix, the hash is asked for first.
    const crossed = interrupted(command, oldKey(id), command === 'EVALSHA' && oldKey(id) === newKey(id) ? 2 : 1)
    const beside = await ours({ client: crossed.client, migrateFrom: { prefix: oldKey(''), sideBySide: true } })
    let crossings = 0
    crossed.meanwhile = async () => {
      crossings += 1
      await next.get(id).catch(() => {})
    }
    expect(await beside.browser(visitor).see(path)).toBe(seen)
    expect(crossings).toBe(1)
    expect((await ((await ours()).store as SojournStore).get(id))?.views).toBe(path === '/view' ? 1 : undefined)
    expect(await client.type(newKey(id))).toBe('hash')
  })

  test('in a rolling deployment, old and new servers serve the same visitors', async () => {
    const { old, ours, oldKey, newKey } = await migrate()
    // The first deployment: servers with either store, side by side.
    const beside = await ours({ migrateFrom: { prefix: oldKey(''), sideBySide: true } })
    const early = old.browser()
    await early.get('/login')
    const moved = beside.browser(early)
    expect(await moved.see('/')).toBe('andrew')
    expect([await moved.see('/view'), await early.see('/view'), await moved.see('/view')]).toEqual([1, 2, 3])
    const late = beside.browser()
    await late.get('/login')
    expect(await old.browser(late).see('/')).toBe('andrew')
    expect(await client.type(oldKey((await late.see('/id')) as string))).toBe('string')

    // Whichever server ends a session, it has ended on all, and no slow request of ours brings it back.
    slow.gate = crowd()
    const request = moved.copy().get('/slow')
    await slow.gate.complete
    const witness = beside.browser(early.copy())
    await early.get('/logout')
    slow.gate.open()
    expect((await request).status).toBe(200)
    expect(await witness.see('/')).toBe('nobody')

    // The second deployment: no server with connect-redis is left, and sessions are taken over.
    const after = await ours()
    const id = (await late.see('/id')) as string
    slow.gate = crowd()
    const crossing = late.copy().get('/slow')
    await slow.gate.complete
    expect(await after.browser(late).see('/view')).toBe(1)
    slow.gate.open()
    await crossing
    expect(await client.type(newKey(id))).toBe('hash')
    expect(await client.hGetAll(newKey(id))).toMatchObject({ theme: '"dark"', views: '1', user: '"andrew"' })
    expect(await late.see('/')).toBe('andrew')
    await late.get('/logout')
    expect(await after.browser(late).see('/')).toBe('nobody')
  })
})

interface Interrupted {
  readonly client: typeof client
  /** What happens before that command. If it rejects, the command is not sent. */
  meanwhile(): Promise<unknown>
}

/** A client that is interrupted when it sends a command on a key for the nth time. */
function interrupted(command: string, key: string, nth: number): Interrupted {
  let count = 0
  const hook = { meanwhile: async () => {} }
  const get = (target: typeof client, name: string | symbol) => {
    const value = Reflect.get(target, name, target)
    if (typeof value !== 'function') return value
    if (name !== 'sendCommand') return value.bind(target)
    return async (args: string[], ...rest: unknown[]) => {
      if (args[0] === command && args.includes(key) && ++count === nth) await hook.meanwhile()
      return value.call(target, args, ...rest)
    }
  }
  return Object.assign(hook, { client: new Proxy(client, { get }) })
}

test('on a cluster, sessions are taken over from one slot to another', async () => {
  const prefix = `old:${randomUUID()}:`
  const old = await opener(() => new RedisStore({ client: cluster, prefix }), age)({}, routes)
  const options = { client: cluster, prefix: `new:${prefix}`, commandTimeout: 10_000, migrateFrom: { prefix } }
  const site = await opener(() => new SojournStore(options), age)({}, routes)
  const visitors = Array.from({ length: 10 }, () => old.browser())
  for (const visitor of visitors) await visitor.get('/login')
  expect(await (site.store as SojournStore).length()).toBe(10)
  for (const visitor of visitors) expect(await site.browser(visitor).see('/')).toBe('andrew')
  expect(await (site.store as SojournStore).length()).toBe(10)
  await (site.store as SojournStore).clear()
  for (const visitor of visitors) expect(await site.browser(visitor).see('/')).toBe('nobody')
})
