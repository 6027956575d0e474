/** A change whose reply is lost is reported as such, and happens once at most, whatever the client would do. */
import { Cluster, Redis } from 'ioredis'
import { createCluster, createSentinel } from 'redis'
import { expect, onTestFinished, test } from 'vitest'
import { type SessionStore, StoreUnavailableError, UnknownOutcomeError } from '../../src/index.ts'
import { startCluster } from '../support/redis/cluster.ts'
import { startSentinel } from '../support/redis/sentinel.ts'
import { HOST, startRedis } from '../support/redis/server.ts'
import { connect, storeOn } from './bench.ts'
import { type LossyLink, lossyLink } from './lossy-link.ts'

const STARTUP_MS = 30_000

interface Lossy {
  readonly client: object
  readonly link: LossyLink
}

async function server() {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  return lossyLink(redis)
}

async function cluster() {
  const { nodes, stop } = await startCluster()
  onTestFinished(stop)
  const links = await Promise.all(nodes.map((node) => lossyLink(node)))
  const map = Object.fromEntries(
    nodes.map((node, i) => [`${HOST}:${node.port}`, { host: HOST, port: links[i]?.port as number }]),
  )
  const [first] = links as [LossyLink]
  const link = { ...first, loseNextReply: () => Promise.race(links.map((link) => link.loseNextReply())) }
  return { link, map }
}

async function sentinel() {
  const set = await startSentinel({ sentinels: 1, replicas: 0 })
  onTestFinished(() => set.stop())
  const [node] = set.nodes as [(typeof set.nodes)[0]]
  const link = await lossyLink(node)
  const map = { [`${HOST}:${node.port}`]: { host: HOST, port: link.port } }
  return { link, map, name: set.name, sentinels: set.sentinels.map(({ host, port }) => ({ host, port })) }
}

const clients: Readonly<Record<string, () => Promise<Lossy>>> = {
  'node-redis': async () => {
    const link = await server()
    return { link, client: await connect(link.url) }
  },
  'node-redis cluster': async () => {
    const { link, map } = await cluster()
    const client = createCluster({ rootNodes: [{ url: link.url }], nodeAddressMap: map })
    client.on('error', () => {})
    await client.connect()
    onTestFinished(() => client.destroy())
    return { link, client }
  },
  'node-redis sentinel': async () => {
    const { link, map, name, sentinels } = await sentinel()
    const client = createSentinel({ name, sentinelRootNodes: sentinels, nodeAddressMap: map })
    client.on('error', () => {})
    await client.connect()
    onTestFinished(() => client.destroy())
    return { link, client }
  },
  ioredis: async () => {
    const link = await server()
    return { link, client: ioredis(new Redis(link.url)) }
  },
  'ioredis with automatic pipelines': async () => {
    const link = await server()
    return { link, client: ioredis(new Redis(link.url, { enableAutoPipelining: true })) }
  },
  'ioredis cluster': async () => {
    const { link, map } = await cluster()
    return { link, client: ioredis(new Cluster([{ host: HOST, port: link.port }], { natMap: map })) }
  },
}

function ioredis<T extends Redis | Cluster>(client: T): T {
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  return client
}

/** The last of these is read again by clients that do so, after whatever else they do again. */
async function cutOff(store: SessionStore, link: LossyLink, id: string) {
  const lost = link.loseNextReply()
  const outcomes = Promise.allSettled([store.incrementField(id, 'count'), store.getSession(id)])
  await lost
  return outcomes
}

test.each(Object.entries(clients))(
  'an increment whose reply is lost counts once, and is reported as unknown (%s)',
  async (_, open) => {
    const { client, link } = await open()
    const { store } = storeOn(client)
    const id = await store.createSession({ count: '0' })
    expect(await store.incrementField(id, 'count')).toBe(1)

    const [increment] = await cutOff(store, link, id)
    expect(increment).toMatchObject({ reason: { name: 'UnknownOutcomeError', code: 'SOJOURN_UNKNOWN_OUTCOME' } })
    const { reason } = increment as PromiseRejectedResult
    expect(reason).toBeInstanceOf(StoreUnavailableError)
    expect(`${reason.stack} ${JSON.stringify(reason.cause)} ${reason.cause?.message}`).not.toContain(id)

    expect((await store.getSession(id))?.count).toBe('2')
    expect(await store.incrementField(id, 'count')).toBe(3)
  },
  STARTUP_MS,
)

test('on a sentinel too, what Redis refuses is no lost reply: a script that it has forgotten is sent again', async () => {
  const { link, client } = await (clients['node-redis sentinel'] as () => Promise<Lossy>)()
  const { store } = storeOn(client)
  const id = await store.createSession()
  await store.incrementField(id, 'count')
  const other = await connect(link.url)
  await other.scriptFlush()
  expect(await store.incrementField(id, 'count')).toBe(2)
  await other.aclSetUser('default', '-hincrby')
  await expect(store.incrementField(id, 'count')).rejects.toMatchObject({ code: 'SOJOURN_UNAVAILABLE' })
})

test('a read whose reply is lost is no unknown outcome: nothing depends on it', async () => {
  const link = await server()
  const { store } = storeOn(await connect(link.url))
  const id = await store.createSession()
  const lost = link.loseNextReply()
  const read = store.getSession(id).catch((error) => error)
  await lost
  expect(await read).toMatchObject({ name: 'StoreUnavailableError', code: 'SOJOURN_UNAVAILABLE' })
})

for (const name of ['node-redis', 'ioredis'] as const) {
  test(`a change under way at its deadline is unknown, and a read is not (${name})`, async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const client = name === 'ioredis' ? ioredis(new Redis(redis.url)) : await connect(redis.url)
    const { store, prefix } = storeOn(client, { commandTimeout: 100 })
    const patient = storeOn(client, { prefix }).store
    const id = await patient.createSession({ count: '0' })
    await patient.incrementField(id, 'count')
    await store.incrementField(id, 'count')

    redis.process.kill('SIGSTOP')
    const [increment, read] = await Promise.allSettled([store.incrementField(id, 'count'), store.getSession(id)])
    redis.process.kill('SIGCONT')

    expect(increment).toMatchObject({
      reason: { code: 'SOJOURN_UNKNOWN_OUTCOME', cause: { code: 'SOJOURN_TIMEOUT' } },
    })
    expect(read).toMatchObject({ reason: { code: 'SOJOURN_TIMEOUT' } })
    expect((await patient.getSession(id))?.count).toBe('3')
  })
}

test('what Redis refuses is known not to have happened', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  for (const client of [await connect(redis.url), ioredis(new Redis(redis.url))]) {
    const { store } = storeOn(client)
    const id = await store.createSession({ count: '0' })
    await redis.cli('REPLICAOF', HOST, '1')
    const refused = await store.incrementField(id, 'count').catch((error) => error)
    expect(refused).toBeInstanceOf(StoreUnavailableError)
    expect(refused).not.toBeInstanceOf(UnknownOutcomeError)
    await redis.cli('REPLICAOF', 'NO', 'ONE')
  }
})

test('a failure after the change was made does not pass for a change not made', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const { store, prefix } = storeOn(await connect(redis.url), { indexes: { user_id: true } })
  const id = await store.createSession({ user_id: '42' })
  // The session can be ended, and its index entry cannot be taken out.
  await redis.cli('ACL', 'SETUSER', 'default', 'resetkeys', `~${prefix}${id}`, `%R~${prefix}index:*`)
  const ended = await store.deleteSession(id).catch((error) => error)
  expect(ended).toBeInstanceOf(UnknownOutcomeError)
  await redis.cli('ACL', 'SETUSER', 'default', 'allkeys')
  expect(await store.getSession(id)).toBeNull()
})
