import { Cluster, Redis } from 'ioredis'
import { createClient } from 'redis'
import { expect, test } from 'vitest'
import { RedisSessionStore } from '../../src/index.ts'

test.each([undefined, null, {}, 'redis://localhost', () => {}, new Map(), { get() {}, set() {} }])(
  '%s is no client',
  (client) => {
    expect(() => new RedisSessionStore({ client: client as object })).toThrow(
      expect.objectContaining({ name: 'UnsupportedClientError', code: 'SOJOURN_UNSUPPORTED_CLIENT' }),
    )
  },
)

test('a client with a key prefix of its own is refused: two prefixes would disagree', () => {
  const ioredis = new Redis({ lazyConnect: true, keyPrefix: 'app:' })
  expect(() => new RedisSessionStore({ client: ioredis })).toThrow(/keyPrefix/)
  expect(() => new RedisSessionStore({ client: createClient({ keyPrefix: 'app:' }) })).toThrow(/keyPrefix/)
})

test.each([
  { commandTimeout: 0 },
  { commandTimeout: 1.5 },
  { commandTimeout: 2 ** 31 },
  { prefix: 5 },
  { prefix: '\ud800' },
  { hashIds: 'yes' },
  { Prefix: 'x' },
])('options %j throw at construction', (options) => {
  expect(() => new RedisSessionStore({ client: createClient(), ...(options as object) })).toThrow(
    expect.objectContaining({ code: 'SOJOURN_INVALID_ARGUMENT' }),
  )
})

test('a client that is closed is an error, not absence', async () => {
  const store = new RedisSessionStore({ client: createClient() })
  await expect(store.getSession(`${'A'.repeat(42)}A`)).rejects.toMatchObject({ code: 'SOJOURN_UNAVAILABLE' })
})

test('a client that changes what numbers look like, or reads from replicas, is refused', () => {
  expect(() => new RedisSessionStore({ client: new Redis({ lazyConnect: true, stringNumbers: true }) })).toThrow(
    /stringNumbers/,
  )
  const cluster = new Cluster([], { lazyConnect: true, scaleReads: 'slave' })
  expect(() => new RedisSessionStore({ client: cluster })).toThrow(/scaleReads/)
})
