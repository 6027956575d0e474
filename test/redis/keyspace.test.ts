import { expect, inject, test } from 'vitest'
import { connect, storeOn } from './bench.ts'

test('no key is ever without a TTL, whatever crosses', async () => {
  const client = await connect(inject('redis').url)
  const { store, prefix } = storeOn(client, { ttl: 50, absoluteTtl: 500 })
  const audit = async () => {
    let keys = 0
    for await (const batch of client.scanIterator({ MATCH: `${prefix}*` })) {
      const ttls = await Promise.all(batch.map((key) => client.pTTL(key)))
      for (const ttl of ttls) expect(ttl).not.toBe(-1)
      keys += batch.length
    }
    return keys
  }
  for (let round = 0; round < 20; round++) {
    const id = await store.createSession({ n: '0' })
    const work = Promise.all([
      store.rotateSession(id, { grace: 5 }),
      store.updateSession(id, { a: '1' }),
      store.incrementField(id, 'n'),
      store.deleteSession(id),
      store.setSessionTtl(id, 60),
      store.getSession(id),
      store.touchSession(id),
    ])
    await audit()
    await work
  }
  await store.createSession()
  expect(await audit()).toBeGreaterThan(0)
})

test('a prefix with glob characters lists its own sessions only', async () => {
  const client = await connect(inject('redis').url)
  const starred = storeOn(client, { prefix: 'te*t[1]?:' }).store
  const other = storeOn(client, { prefix: 'te-xt1t[1]a:' }).store
  const id = await starred.createSession()
  const otherId = await other.createSession()
  const listed: string[] = []
  for await (const { handle } of starred.listSessions()) listed.push(handle)
  expect(listed).toHaveLength(1)
  await starred.deleteSession(id)
  await other.deleteSession(otherId)
})

test('sessions of two prefixes never meet', async () => {
  const client = await connect(inject('redis').url)
  const a = storeOn(client).store
  const b = storeOn(client).store
  const id = await a.createSession({ of: 'a' })
  expect(await b.getSession(id)).toBe(null)
  expect(await b.deleteSession(id)).toBe(false)
  expect((await a.getSession(id))?.of).toBe('a')
})
