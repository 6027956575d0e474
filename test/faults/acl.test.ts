/** A Redis user with the rights that docs/security.md gives it, word for word, is enough for the whole contract. */
import { readdirSync, readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, describe, expect, test } from 'vitest'
import { SojournStore } from '../../src/compat/express-session.ts'
import { describeIndexes } from '../contract/indexes.contract.ts'
import { redisBench } from '../contract/redis-bench.ts'
import { describeStore } from '../contract/store.contract.ts'
import { startRedis } from '../support/redis/server.ts'

const [line = ''] = /^redis-cli ACL SETUSER .*$/m.exec(readFileSync('docs/security.md', 'utf8')) ?? []
/** As a shell splits it. */
const [, ...words] = Array.from(line.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? '')
// The contract's prefixes begin so.
const command = words.map((word) => (word === '~session:*' ? '~test:*' : word))

const redis = await startRedis()
afterAll(() => redis.stop())
await redis.cli(...command)
const rights = { username: 'sojourn', password: 'a long password' }

describe('with these rights, and no others', () => {
  describe('node-redis', async () => {
    const client = await createClient({ url: redis.url, ...rights }).connect()
    afterAll(() => client.close())
    const bench = redisBench(client)
    describeStore(bench)
    describeIndexes(bench)
  })

  describe('ioredis', () => {
    const client = new Redis(redis.url, rights)
    afterAll(() => client.quit())
    const bench = redisBench(client, { hashIds: true })
    describeStore(bench)
    describeIndexes(bench)
  })

  test.each([{}, { sideBySide: true }])('and two more, a drop-in takes sessions over (%o)', async (mode) => {
    await redis.cli(...command.map((word) => (word === 'sojourn' ? 'dropin' : word)), '~sess:*', '+get', '+set')
    const client = await createClient({ url: redis.url, ...rights, username: 'dropin' }).connect()
    await client.set('sess:old', '{"cookie":{"originalMaxAge":null},"user":"andrew"}', { EX: 60 })
    const store = new SojournStore({ client, prefix: 'test:taken:', migrateFrom: { prefix: 'sess:', ...mode } })
    const session = await store.get('old')
    expect(session).toMatchObject({ user: 'andrew' })
    await store.set('old', Object.assign(session as object, { user: 'anna' }) as never)
    expect(await store.get('old')).toMatchObject({ user: 'anna' })
    await store.set('new', { cookie: { originalMaxAge: null } } as never)
    await store.destroy('old')
    await store.destroy('new')
    client.destroy()
  })

  test('nothing else may be done', async () => {
    const client = await createClient({ url: redis.url, ...rights }).connect()
    for (const forbidden of [
      ['GET', 'test:key'],
      ['HGETALL', 'others:key'],
      ['EVAL', "return redis.call('HGETALL', KEYS[1])", '1', 'others:key'],
      ['EVAL', "return redis.call('SET', KEYS[1], 'x')", '1', 'test:key'],
      ['KEYS', '*'],
      ['FLUSHALL'],
      ['CONFIG', 'GET', '*'],
      ['ACL', 'LIST'],
    ]) {
      await expect(client.sendCommand(forbidden), forbidden.join(' ')).rejects.toThrow(/NOPERM|ACL failure|can't run/i)
    }
    client.destroy()
  })

  test('no right is one too many', () => {
    const lua = 'src/redis/lua/'
    const scripts = readdirSync(lua).map((name) => readFileSync(lua + name, 'utf8'))
    const used = scripts.flatMap((source) => Array.from(source.matchAll(/call\('([A-Z]+)'/g), ([, name]) => name))
    const sent = new Set([...used, 'INFO', 'EVAL', 'EVALSHA', 'SCAN', 'TIME', 'HGETALL', 'HDEL', 'ZSCORE'])
    const given = words.filter((word) => /^\+[a-z]/.test(word)).map((word) => word.slice(1).toUpperCase())
    expect(given.filter((name) => !sent.has(name))).toEqual([])
    expect(given.length).toBeGreaterThan(20)
  })
})
