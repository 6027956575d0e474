/** An auditor that finds nothing proves nothing: here is one of each thing that it must find. */
import { createClient } from 'redis'
import { beforeEach, expect, test } from 'vitest'
import { RedisSessionStore } from '../../src/index.ts'
import { audit } from '../support/redis/auditor.ts'
import { type RedisServer, startRedis } from '../support/redis/server.ts'

let redis: RedisServer
let client: ReturnType<typeof createClient>
let store: RedisSessionStore
const prefix = 'audited:'

beforeEach(async () => {
  redis = await startRedis()
  client = createClient({ url: redis.url })
  await client.connect()
  store = new RedisSessionStore({ client, prefix, commandTimeout: 10_000, indexes: { user_id: true } })
  return async () => {
    client.destroy()
    await redis.stop()
  }
})

const audited = () =>
  audit([redis.url], { prefix, indexes: ['user_id'], readList: (criteria) => store.countSessions(criteria) })

async function expectComplaint(complaint: RegExp) {
  expect((await audited()).complaints).toEqual([expect.stringMatching(complaint)])
}

test('what a store leaves is sound', async () => {
  const [one] = await Promise.all(['1', '2'].map((user_id) => store.createSession({ user_id })))
  const id = await store.rotateSession(one as string, { grace: 60 })
  await store.updateSession(id as string, { user_id: '3' })
  expect(await audited()).toEqual({ sessions: 2, pointers: 1, reservations: 0, entries: 2, complaints: [] })
})

test('a key without a TTL is found', async () => {
  await client.persist(prefix + (await store.createSession()))
  await expectComplaint(/has no TTL/)
})

test.each(['session_ttl', 'created_at', 'last_accessed_at'])('a session without %s is found', async (field) => {
  await client.hDel(prefix + (await store.createSession({ a: '1' })), field)
  await expectComplaint(/of no kind: /)
})

test('a pointer with a field of the session is found', async () => {
  const id = await store.createSession()
  await store.rotateSession(id, { grace: 60 })
  await client.hSet(prefix + id, 'a', '1')
  await expectComplaint(/of no kind/)
})

test('a session that lives longer than it may is found', async () => {
  await client.expire(prefix + (await store.createSession({}, { ttl: 10 })), 20)
  await expectComplaint(/lives (20000|19\d{3}) ms, 10000 at most/)
})

test('a session that its index misses is found', async () => {
  const id = await store.createSession({ user_id: '1' })
  await client.zRem(`${prefix}index:user_id:1`, id)
  await expectComplaint(/is missing in user_id 1/)
})

test('an entry that stays is found', async () => {
  const id = await store.createSession({ user_id: '1' })
  await client.del(prefix + id)
  expect((await audited()).complaints).toEqual([])
  await client.zAdd(`${prefix}index:user_id:1`, { score: 1, value: id })
  await client.expire(`${prefix}index:user_id:1`, 60)
  const unread = { prefix, indexes: ['user_id'], readList: () => Promise.resolve() }
  expect((await audit([redis.url], unread)).complaints).toEqual([expect.stringMatching(/leads nowhere/)])
})
