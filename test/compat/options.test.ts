/** Wrong options and wrong arguments are said at once, and without an ID. */
import { createClient } from 'redis'
import { describe, expect, inject, test } from 'vitest'
import type { SojournStoreOptions } from '../../src/compat/dropin/options.ts'
import { InvalidArgumentError, LimitExceededError, NotAnIntegerError, UnsupportedClientError } from '../../src/index.ts'
import { watchCommands } from '../support/redis/monitor.ts'
import { startRedis } from '../support/redis/server.ts'
import { FACES } from './support/faces.ts'

const client = createClient({ url: inject('redis').url })

const WRONG: [options: unknown, says: string][] = [
  [undefined, 'options must be an object, got undefined'],
  [{ client, absoluteTtl: 60 }, 'unknown option "absoluteTtl"'],
  [{ client, now: Date.now }, 'unknown option "now"'],
  [{ client, touchInterval: 60 }, 'unknown option "touchInterval"'],
  [{ engine: 'memory', prefix: 'x:' }, 'unknown option "prefix"'],
  [{ engine: 'memory', migrateFrom: { prefix: 'sess:' } }, 'unknown option "migrateFrom"'],
  [{ engine: 'redis', client }, 'engine must be "memory" or absent, got "redis"'],
  [{ engine: 'memory', now: 0 }, 'now must be a function, got 0'],
  [{ client, ttl: 0 }, 'ttl must be a whole number of seconds from 1'],
  [{ client, maxFields: 0 }, 'maxFields must be a whole number of at least 1, got 0'],
  [{ client, hashIds: 'yes' }, 'hashIds must be a boolean, got "yes"'],
  [{ client, commandTimeout: -1 }, 'commandTimeout must be a whole number'],
  [{ client, migrateFrom: 'sess:' }, 'options must be an object, got "sess:"'],
  [{ client, migrateFrom: {} }, 'migrateFrom.prefix must be a string such as "sess:", got undefined'],
  [{ client, migrateFrom: { prefix: 'sess:', keep: true } }, 'unknown option "keep"'],
  [{ client, migrateFrom: { prefix: 'sess:', sideBySide: 1 } }, 'migrateFrom.sideBySide must be a boolean, got 1'],
]

/** What no middleware mints; some of it could be a visitor's, where the application takes IDs from a header. */
const MALFORMED = ['', ' ', 'a b', 'a\r\nb', 'a\0', 'é', 'x'.repeat(257), '../\n']

describe.each(FACES)('$name', ({ open, session }) => {
  const store = open({ engine: 'memory', maxFieldBytes: 1000 })

  test.each(WRONG)('refuses %o', (options, says) => {
    const make = () => open(options as SojournStoreOptions)
    expect(make).toThrow(InvalidArgumentError)
    expect(make).toThrow(says)
  })

  test('refuses a client that is none', () => {
    expect(() => open({ client: {} })).toThrow(UnsupportedClientError)
    expect(() => open({} as SojournStoreOptions)).toThrow(UnsupportedClientError)
  })

  test('takes IDs of up to 256 printable characters, and no others', async () => {
    const longest = '~'.repeat(256)
    await store.set(longest, session({ user: 'andrew' }))
    expect(await store.get(longest)).toMatchObject({ user: 'andrew' })
    for (const id of MALFORMED) {
      const refused = await store.set(id, session()).catch((error: Error) => error)
      expect(refused).toBeInstanceOf(InvalidArgumentError)
      expect((refused as Error).message).toBe(
        'a session ID must be 1 to 256 printable ASCII characters without a space',
      )
      expect(await store.get(id)).toBe(null)
      expect(await store.increment(id, 'views')).toBe(null)
      await store.destroy(id)
    }
  })

  test('says which property is too large or has no JSON, and nothing is saved', async () => {
    await expect(store.set('large', session({ text: 'x'.repeat(1000) }))).rejects.toThrow(LimitExceededError)
    await expect(store.set('large', session({ text: 'x'.repeat(1000) }))).rejects.toThrow('the field "text" takes')
    await expect(store.set('big', session({ n: 1n }))).rejects.toThrow('property "n" cannot be written as JSON')
    await expect(store.increment('large', 'views', 0.5)).rejects.toThrow(InvalidArgumentError)
    expect(await store.ids()).not.toContain('large')
  })

  test('increments what is a number, and nothing else', async () => {
    await store.set('counter', session({ views: 1, user: 'andrew' }))
    expect(await Promise.all(Array.from({ length: 10 }, () => store.increment('counter', 'views')))).toContain(11)
    expect(await store.increment('counter', 'views', -1)).toBe(10)
    expect(await store.increment('counter', 'created_at')).toBe(1)
    expect(await store.increment('absent', 'views')).toBe(null)
    await expect(store.increment('counter', 'user')).rejects.toThrow(NotAnIntegerError)
    expect(await store.get('counter')).toMatchObject({ views: 10, created_at: 1 })
  })

  test('measures by the clock that it is given, in memory, when a session last began its time', async () => {
    let now = Date.now()
    const aged = open({ engine: 'memory', ttl: 1800, now: () => now })
    await aged.set('id', session())
    const read = (await aged.get('id')) as Record<string, unknown>
    now += 1_700_000
    await aged.set('id', read)
    now += 1_700_000
    expect(await aged.get('id')).not.toBe(null)
  })

  test('lets a large session through by default', async () => {
    const roomy = open({ engine: 'memory', maxFieldBytes: undefined })
    await roomy.set('large', session({ text: 'x'.repeat(500_000) }))
    expect((await roomy.get('large'))?.text).toHaveLength(500_000)
  })

  test('a new session under an ID that is taken becomes that session', async () => {
    await store.set('fixed', session({ user: 'andrew', views: 1 }))
    await store.set('fixed', session({ theme: 'dark' }))
    expect(await store.get('fixed')).toMatchObject(session({ theme: 'dark' }))
    expect(await store.get('fixed')).not.toHaveProperty('user')
  })
})

test('no malformed ID reaches Redis', async () => {
  const server = await startRedis()
  const own = await createClient({ url: server.url }).connect()
  const watch = await watchCommands(server.port)
  for (const { open, session } of FACES) {
    const store = open({ client: own, migrateFrom: { prefix: 'sess:' } })
    for (const id of MALFORMED) {
      await store.get(id)
      await store.destroy(id)
      await store.increment(id, 'views')
      await store.set(id, session()).catch(() => {})
    }
  }
  await watch.settled()
  expect(watch.commands()).toEqual([])
  watch.stop()
  own.destroy()
  await server.stop()
})
