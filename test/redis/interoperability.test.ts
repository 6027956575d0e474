/** Sessions are shared with stores that follow Redis's language guides: HSET, HGETALL, HINCRBY, EXPIRE and DEL. */
import { expect, inject, test } from 'vitest'
import { mintSessionId } from '../../src/session-id.ts'
import { connect, storeOn } from './bench.ts'

const { url } = inject('redis')

/** What a guide's store writes. */
function written(zone: string) {
  return {
    username: 'andrew',
    page_views: '3',
    session_ttl: '600',
    created_at: `2026-04-02T12:34:56${zone}`,
    last_accessed_at: `2026-04-02T12:40:10${zone}`,
  }
}

async function bench() {
  const client = await connect(url)
  const { store, prefix } = storeOn(client)
  return { client, store, key: (id: string) => prefix + id }
}

test.each(['+00:00', 'Z'])(
  'a session of a guide with %s is read, written, counted, expired and ended by ours',
  async (zone) => {
    const { client, store, key } = await bench()
    const id = mintSessionId()
    await client.hSet(key(id), written(zone))
    await client.expire(key(id), 100)

    expect({ ...(await store.getSession(id, false)) }).toEqual(written(zone))
    expect(await store.getTtl(id)).toBe(100)
    expect((await store.getSession(id))?.created_at).toBe(`2026-04-02T12:34:56${zone}`)
    expect(await store.getTtl(id)).toBe(600)
    expect(await store.incrementField(id, 'page_views')).toBe(4)
    expect(await store.updateSession(id, { theme: 'dark' })).toBe(true)
    expect(await store.setSessionTtl(id, 50)).toBe(true)
    expect(await client.hGetAll(key(id))).toMatchObject({
      page_views: '4',
      theme: 'dark',
      session_ttl: '50',
      username: 'andrew',
    })
    expect(await client.ttl(key(id))).toBe(50)
    for await (const { createdAt } of store.listSessions()) expect(createdAt).toEqual(new Date('2026-04-02T12:34:56Z'))
    expect(await store.deleteSession(id)).toBe(true)
    expect(await client.exists(key(id))).toBe(0)
  },
)

test('a session of ours is what a guide expects', async () => {
  const { client, store, key } = await bench()
  const id = await store.createSession({ username: 'andrew', page_views: '0' }, { ttl: 60 })
  const hash = await client.hGetAll(key(id))
  expect(Object.keys(hash).sort()).toEqual(['created_at', 'last_accessed_at', 'page_views', 'session_ttl', 'username'])
  expect(hash).toMatchObject({ username: 'andrew', page_views: '0', session_ttl: '60' })
  expect(hash.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/)
  expect(Math.abs(Date.parse(hash.created_at as string) - Date.now())).toBeLessThan(5_000)
  expect(await client.ttl(key(id))).toBe(60)

  await client.hIncrBy(key(id), 'page_views', 1)
  await client.hSet(key(id), { last_accessed_at: '2026-04-02T12:40:10+00:00', theme: 'dark' })
  await client.expire(key(id), 30)
  expect(await store.getTtl(id)).toBe(30)
  expect({ ...(await store.getSession(id)) }).toMatchObject({ page_views: '1', theme: 'dark' })
  await client.del(key(id))
  expect(await store.getSession(id)).toBe(null)
})

test('another program cannot stretch the absolute lifetime', async () => {
  const { client, store, key } = await bench()
  const id = await store.createSession({}, { absoluteTtl: 100 })
  await client.hSet(key(id), 'sojourn:deadline', String(Date.now() - 1000))
  await client.expire(key(id), 100_000)
  expect(await store.getSession(id)).toBe(null)
  expect(await client.exists(key(id))).toBe(0)
})

test('a session left without a TTL is given its own by whoever meets it', async () => {
  const { client, store, key } = await bench()
  const meetings = [
    (id: string) => store.getSession(id),
    (id: string) => store.getTtl(id),
    (id: string) => store.touchSession(id),
  ]
  for (const meet of meetings) {
    const id = mintSessionId()
    await client.hSet(key(id), written('Z'))
    expect(await meet(id)).toBeTruthy()
    expect(await client.ttl(key(id))).toBe(600)
  }
})

test('what is no session is absent, is not touched, and is not listed', async () => {
  const { client, store, key } = await bench()
  const malformed = [
    { session_ttl: '' },
    { session_ttl: '0' },
    { session_ttl: '-5' },
    { session_ttl: '1.5' },
    { session_ttl: '60abc' },
    { session_ttl: '1e3' },
    { session_ttl: '007' },
    { session_ttl: ' 60' },
    { session_ttl: '99999999999999999999' },
    { session_ttl: undefined },
    { created_at: undefined },
    { last_accessed_at: undefined },
  ]
  for (const broken of malformed) {
    const id = mintSessionId()
    const fields = Object.fromEntries(
      Object.entries({ ...written('Z'), ...broken }).filter(([, value]) => value !== undefined),
    ) as Record<string, string>
    await client.hSet(key(id), fields)
    await expectAbsent(id)
    expect(await client.hGetAll(key(id)), JSON.stringify(broken)).toEqual(fields)
  }
  const string = mintSessionId()
  await client.set(key(string), 'text')
  await expectAbsent(string)
  expect(await client.get(key(string))).toBe('text')
  expect(await store.deleteSession(string)).toBe(false)
  expect(await client.get(key(string))).toBe('text')
  for await (const session of store.listSessions()) expect(session).toBe('listed')

  async function expectAbsent(id: string) {
    expect(await store.getSession(id)).toBe(null)
    expect(await store.getSession(id, false)).toBe(null)
    expect(await store.updateSession(id, { a: '1' })).toBe(false)
    expect(await store.incrementField(id, 'page_views')).toBe(null)
    expect(await store.setSessionTtl(id, 5)).toBe(false)
    expect(await store.getTtl(id)).toBe(null)
    expect(await store.rotateSession(id)).toBe(null)
  }
})
