import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import type { SessionStore } from '../../src/index.ts'
import { watchCommands } from '../support/redis/monitor.ts'
import { startRedis } from '../support/redis/server.ts'
import { connect, storeOn } from './bench.ts'

const CALLS: Record<string, (store: SessionStore, id: string) => Promise<unknown>> = {
  createSession: (store) => store.createSession({ a: '1' }),
  getSession: (store, id) => store.getSession(id),
  'getSession without refresh': (store, id) => store.getSession(id, false),
  updateSession: (store, id) => store.updateSession(id, { a: '2' }, { remove: ['b'] }),
  deleteFields: (store, id) => store.deleteFields(id, ['a']),
  incrementField: (store, id) => store.incrementField(id, 'n'),
  setSessionTtl: (store, id) => store.setSessionTtl(id, 60),
  getConfiguredTtl: (store, id) => store.getConfiguredTtl(id),
  getTtl: (store, id) => store.getTtl(id),
  touchSession: (store, id) => store.touchSession(id),
  deleteSession: (store, id) => store.deleteSession(id),
}

async function server() {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const watch = await watchCommands(redis.port)
  onTestFinished(() => watch.stop())
  return { url: redis.url, watch }
}

for (const client of ['node-redis', 'ioredis'] as const) {
  test(`each call is one command (${client})`, async () => {
    const { url, watch } = await server()
    const connection = client === 'ioredis' ? new Redis(url) : await connect(url)
    if (connection instanceof Redis) onTestFinished(() => connection.disconnect())
    const { store } = storeOn(connection)
    // The first time, Redis has to be told what a script does.
    const first = await store.createSession({ a: '1' })
    for (const call of Object.values(CALLS)) await call(store, first)
    const id = await store.createSession({ a: '1' })
    for (const [name, call] of Object.entries(CALLS)) {
      await watch.settled()
      watch.clear()
      await call(store, id)
      await watch.settled()
      const sent = watch.commands().filter(({ fromScript }) => !fromScript)
      expect(sent, name).toHaveLength(1)
    }
  })
}

test('a malformed ID is no command at all', async () => {
  const { url, watch } = await server()
  const { store } = storeOn(await connect(url))
  await watch.settled()
  watch.clear()
  for (const id of [
    '',
    'x',
    `${'A'.repeat(42)}\0`,
    '{}'.repeat(22),
    '../'.repeat(15),
    'a\r\nDEL x',
    'A'.repeat(8192),
  ]) {
    for (const call of Object.values(CALLS).slice(1)) await call(store, id)
    await store.rotateSession(id)
  }
  await watch.settled()
  expect(watch.commands()).toEqual([])
})

test('within touchInterval a read is one plain HGETALL', async () => {
  const { url, watch } = await server()
  const { store, prefix } = storeOn(await connect(url), { touchInterval: 60 })
  const id = await store.createSession({ a: '1' })
  await store.getSession(id)
  await watch.settled()
  watch.clear()
  expect((await store.getSession(id))?.a).toBe('1')
  expect(await store.getSession(`${'A'.repeat(42)}A`)).toBe(null)
  await watch.settled()
  expect(watch.commands().map(({ name, args }) => [name.toUpperCase(), ...args])).toEqual([
    ['HGETALL', prefix + id],
    ['HGETALL', `${prefix}${'A'.repeat(42)}A`],
  ])
})
