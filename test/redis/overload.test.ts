/** A Redis that is down or stalls costs its callers little, and is found again by itself. */
import { Cluster, Redis } from 'ioredis'
import { createCluster } from 'redis'
import { expect, onTestFinished, test } from 'vitest'
import { RedisSessionStore, StoreUnavailableError } from '../../src/index.ts'
import { redisPort } from '../../src/redis/client.ts'
import { slotOf } from '../../src/redis/hash-slot.ts'
import { startCluster } from '../support/redis/cluster.ts'
import { eventually } from '../support/redis/eventually.ts'
import { startRedis } from '../support/redis/server.ts'
import { connect, storeOn } from './bench.ts'

const TIMEOUT_MS = 100
/** Where nodes that are well have to answer in time, however busy the machine is. */
const PATIENCE_MS = 500
const STARTUP_MS = 30_000

async function bench(name: string) {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const client = name === 'ioredis' ? new Redis(redis.url) : await connect(redis.url)
  client.on('error', () => {})
  if (client instanceof Redis) onTestFinished(() => client.disconnect())
  return { redis, client }
}

/** The error with which the call failed; `null` if it did not. */
function failure(call: Promise<unknown>): Promise<StoreUnavailableError | null> {
  return call.then(
    () => null,
    (error) => error,
  )
}

function failures(calls: readonly Promise<unknown>[]): Promise<(StoreUnavailableError | null)[]> {
  return Promise.all(calls.map(failure))
}

for (const name of ['node-redis', 'ioredis'] as const) {
  test(`while Redis hangs calls fail at once, and two seconds after it is back it serves again (${name})`, async () => {
    const { redis, client } = await bench(name)
    const { store: patient, prefix } = storeOn(client)
    const store = new RedisSessionStore({ client, prefix, commandTimeout: TIMEOUT_MS, failFastAfter: 3 })
    const id = await patient.createSession()
    redis.process.kill('SIGSTOP')
    await Promise.allSettled([store.getSession(id), store.getSession(id), store.getSession(id)])

    const errors = await failures(Array.from({ length: 50 }, () => store.getSession(id)))
    for (const error of errors) expect(error).toBeInstanceOf(StoreUnavailableError)
    // All but one that may have tried.
    expect(errors.filter((error) => error?.retryAfter === 1).length).toBeGreaterThanOrEqual(49)

    redis.process.kill('SIGCONT')
    const back = performance.now()
    await eventually('the store to serve', () => store.touchSession(id))
    expect(performance.now() - back).toBeLessThan(2000)
  })

  test(`a Redis that was killed is found again by itself (${name})`, async () => {
    const { redis, client } = await bench(name)
    const { store } = storeOn(client, { commandTimeout: PATIENCE_MS, failFastAfter: 1 })
    await store.createSession()
    await redis.kill()
    await failure(store.createSession())
    expect((await failure(store.createSession()))?.retryAfter).toBe(1)
    await redis.restart()
    await eventually('the store to serve', () => store.createSession())
  })

  test(`no more calls wait than may (${name})`, async () => {
    const { redis, client } = await bench(name)
    const { store: patient, prefix } = storeOn(client)
    const options = { commandTimeout: TIMEOUT_MS, maxWaiting: 3, failFastAfter: null }
    const store = new RedisSessionStore({ client, prefix, ...options })
    const id = await patient.createSession()
    redis.process.kill('SIGSTOP')
    const errors = await failures(Array.from({ length: 5 }, () => store.getSession(id)))
    redis.process.kill('SIGCONT')
    const [late, refused] = ['SOJOURN_TIMEOUT', 'SOJOURN_UNAVAILABLE']
    expect(errors.map((error) => error?.code)).toEqual([late, late, late, refused, refused])
    expect(errors[4]).toMatchObject({ message: expect.stringContaining('maxWaiting'), retryAfter: 1 })
    expect(await patient.touchSession(id)).toBe(true)
  })
}

test('what Redis refuses does not count: it is there', async () => {
  const { redis, client } = await bench('node-redis')
  const { store } = storeOn(client, { failFastAfter: 1 })
  const id = await store.createSession()
  await redis.cli('CONFIG', 'SET', 'maxmemory', '1')
  for (let i = 0; i < 3; i += 1) await expect(store.createSession()).rejects.toMatchObject({ retryAfter: null })
  expect(await store.getSession(id)).not.toBeNull()
})

for (const name of ['node-redis', 'ioredis'] as const) {
  test(
    `a node of a cluster that hangs shuts nobody out from the others (${name})`,
    async () => {
      const cluster = await startCluster()
      onTestFinished(() => cluster.stop())
      const client = await clusterClient(name, cluster.urls)
      const { store, prefix } = storeOn(client, { commandTimeout: PATIENCE_MS, failFastAfter: 3 })
      const port = redisPort(client)
      const ids = await Promise.all(Array.from({ length: 60 }, () => store.createSession()))
      const nodeOf = (id: string) => port.nodeOf(prefix + id)
      expect(new Set(ids.map(nodeOf)).size).toBe(3)

      const doomed = await cluster.masterFor(slotOf(prefix + ids[0]))
      const lost = new Set(ids.filter((id) => nodeOf(id) === nodeOf(ids[0] as string)))
      doomed.process.kill('SIGSTOP')
      const outcomes = () => failures(ids.map((id) => store.getSession(id)))
      await outcomes()
      const errors = await outcomes()
      doomed.process.kill('SIGCONT')
      for (const [i, error] of errors.entries()) expect(error === null).toBe(!lost.has(ids[i] as string))
      expect(errors.filter((error) => error?.retryAfter === 1).length).toBeGreaterThanOrEqual(lost.size - 1)
    },
    STARTUP_MS,
  )
}

async function clusterClient(name: string, urls: readonly string[]): Promise<object> {
  if (name === 'ioredis') {
    const client = new Cluster(urls as string[])
    client.on('error', () => {})
    onTestFinished(() => client.disconnect())
    return client
  }
  const client = createCluster({ rootNodes: urls.map((url) => ({ url })) })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.destroy())
  return client
}

test('slots are those of Redis', async () => {
  const cluster = await startRedis({ args: ['--cluster-enabled', 'yes'] })
  onTestFinished(() => cluster.stop())
  for (const key of [
    '',
    'a',
    'session:abc',
    '{user}1',
    'x{user}y',
    '{}a',
    'a{}b',
    '{a',
    '}{',
    '{{a}}',
    'ü{é}',
    '123456789',
  ]) {
    expect([key, slotOf(key)]).toEqual([key, Number(await cluster.cli('CLUSTER', 'KEYSLOT', key))])
  }
})

test.each([
  { failFastAfter: 0 },
  { failFastAfter: 1.5 },
  { failFastAfter: '5' },
  { maxWaiting: 0 },
  { maxWaiting: null },
])('options %j throw at construction', async (options) => {
  const { client } = await bench('node-redis')
  expect(() => new RedisSessionStore({ client, ...(options as object) })).toThrow(
    /must be a whole number of at least 1, got/,
  )
})
