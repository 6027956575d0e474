/** Logouts and rotations that wait for replicas, with a replica that follows, one that hangs, and none. */
import { Cluster, Redis } from 'ioredis'
import { createCluster, createSentinel } from 'redis'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type DurabilityResult, MemorySessionStore, RedisSessionStore } from '../../src/index.ts'
import type { Master, RedisPort } from '../../src/redis/port.ts'
import { Fences } from '../../src/redis/replication/fence.ts'
import { startCluster } from '../support/redis/cluster.ts'
import { eventually } from '../support/redis/eventually.ts'
import { startSentinel } from '../support/redis/sentinel.ts'
import { type RedisServer, startRedis } from '../support/redis/server.ts'
import { connect } from './bench.ts'

const STARTUP_MS = 30_000

async function replicated() {
  const master = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] })
  onTestFinished(() => master.stop())
  const replica = await startRedis({ args: ['--replicaof', master.host, String(master.port)] })
  onTestFinished(() => replica.stop())
  await untilFollowed(master)
  return { master, replica }
}

function untilFollowed(master: RedisServer): Promise<unknown> {
  return eventually('the replica to follow', async () =>
    (await master.cli('INFO', 'replication')).includes('state=online'),
  )
}

/** A store that waits for one replica, and what it says of it. */
function durableStore(client: object, timeout = 10_000) {
  const results: DurabilityResult[] = []
  const durable = { replicas: 1, timeout, onResult: (result: DurabilityResult) => void results.push(result) }
  const store = new RedisSessionStore({
    client,
    prefix: 'durable:',
    commandTimeout: 10_000,
    durable,
    indexes: { user: true },
  })
  onTestFinished(() => store.close())
  return { store, durable, results, take: () => results.splice(0) }
}

async function clientOf(name: string, url: string): Promise<object> {
  if (name === 'node-redis') return connect(url)
  const client = new Redis(url)
  onTestFinished(() => client.disconnect())
  return client
}

test('a client that keeps no queue has its replicas asked (ioredis)', async () => {
  const { master } = await replicated()
  const client = new Redis(master.url, { enableOfflineQueue: false, lazyConnect: true })
  onTestFinished(() => client.disconnect())
  await client.connect()
  const { store, take } = durableStore(client)
  for (let turn = 0; turn < 3; turn += 1) {
    await store.deleteSession(await store.createSession())
    expect(take()).toMatchObject([{ reached: true, replicas: 1 }])
  }
})

test('a connection beside it that does not come about is given up when the store is closed (node-redis)', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const client = await connect(redis.url)
  const { store, take } = durableStore(client, 100)
  await redis.cli('CONFIG', 'SET', 'maxclients', '2')
  const other = await connect(redis.url)
  const id = await store.createSession()
  const ending = store.deleteSession(id)
  await eventually('an attempt', async () => /rejected_connections:[1-9]/.test(await other.info('stats')))
  await store.close()
  await ending
  expect(take()).toMatchObject([{ reached: false, replicas: null }])
})

for (const name of ['node-redis', 'ioredis'] as const) {
  test(`closing the client closes the connection beside it (${name})`, async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const client = await clientOf(name, redis.url)
    const { store, durable } = durableStore(client, 100)
    const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => emitted.mockRestore())
    await store.deleteSession(await store.createSession(), { durable })
    const connections = async () => (await redis.cli('CLIENT', 'LIST')).split('\n').filter((line) => line !== '').length
    expect(await connections()).toBe(3) // the client, what is beside it, and who asks
    if (client instanceof Redis) client.disconnect()
    else await (client as { close(): Promise<void> }).close()
    await eventually('both connections to be closed', async () => (await connections()) === 1)
  })

  test(`a logout, a rotation and a logout everywhere are on the replica when they return (${name})`, async () => {
    const { master, replica } = await replicated()
    const { store, take } = durableStore(await clientOf(name, master.url))
    const id = await store.createSession({ user: '42' })
    expect(take()).toEqual([])

    const next = (await store.rotateSession(id)) as string
    expect(take()).toEqual([{ call: 'rotateSession', reached: true, replicas: 1 }])
    expect(await replica.cli('EXISTS', `durable:${id}`, `durable:${next}`)).toBe('1')

    expect(await store.deleteSession(next)).toBe(true)
    expect(take()).toEqual([{ call: 'deleteSession', reached: true, replicas: 1 }])
    expect(await replica.cli('EXISTS', `durable:${next}`)).toBe('0')

    await store.createSession({ user: '42' })
    expect(await store.deleteSessions({ user: '42' })).toBe(1)
    expect(take()).toEqual([{ call: 'deleteSessions', reached: true, replicas: 1 }])
    expect(await replica.cli('KEYS', 'durable:?????????????????????*')).toBe('')
  })

  test(`a replica that hangs holds a call up for its timeout, and nobody else (${name})`, async () => {
    const { master, replica } = await replicated()
    const { store, durable, take } = durableStore(await clientOf(name, master.url))
    const [one, other] = [await store.createSession(), await store.createSession()]
    await store.deleteSession(await store.createSession())
    take()

    replica.process.kill('SIGSTOP')
    const ending = store.deleteSession(one, { durable: { ...durable, timeout: 300 } })
    let hasEnded = false
    void ending.then(() => {
      hasEnded = true
    })
    await eventually('the session to have ended', async () => (await store.getSession(one)) === null)
    expect(await store.getSession(other)).not.toBeNull()
    expect([hasEnded, await ending]).toEqual([false, true])
    expect(take()).toEqual([{ call: 'deleteSession', reached: false, replicas: 0 }])

    replica.process.kill('SIGCONT')
    expect(await store.deleteSession(other)).toBe(true)
    expect(take()).toEqual([{ call: 'deleteSession', reached: true, replicas: 1 }])
  })

  test(`a connection lost while waiting leaves it unknown, and the next call has a new one (${name})`, async () => {
    const { master, replica } = await replicated()
    const { store, take } = durableStore(await clientOf(name, master.url))
    const [one, other] = [await store.createSession(), await store.createSession()]
    replica.process.kill('SIGSTOP')
    const ending = store.deleteSession(one)
    const waiting = await eventually('somebody to wait', async () => {
      const client = (await master.cli('CLIENT', 'LIST')).split('\n').find((line) => line.includes('flags=b'))
      return client !== undefined && /id=(\d+)/.exec(client)?.[1]
    })
    await master.cli('CLIENT', 'KILL', 'ID', waiting)
    expect(await ending).toBe(true)
    expect(take()).toEqual([{ call: 'deleteSession', reached: false, replicas: null }])
    replica.process.kill('SIGCONT')
    expect(await store.deleteSession(other)).toBe(true)
    expect(take()).toEqual([{ call: 'deleteSession', reached: true, replicas: 1 }])
  })

  test(
    `in a cluster, each master that holds the session is asked (${name})`,
    async () => {
      const cluster = await startCluster({ masters: 3, replicasPerMaster: 1 })
      onTestFinished(() => cluster.stop())
      const client = await clusterClient(name, cluster.urls)
      const { store, take } = durableStore(client)
      for (let i = 0; i < 5; i += 1) {
        const next = (await store.rotateSession(await store.createSession({ user: '42' }))) as string
        expect(await store.deleteSession(next)).toBe(true)
      }
      expect(new Set(take().map(({ reached, replicas }) => `${reached} ${replicas}`))).toEqual(new Set(['true 1']))
    },
    STARTUP_MS,
  )

  test(
    `with sentinels, the master is asked (${name})`,
    async () => {
      const set = await startSentinel()
      onTestFinished(() => set.stop())
      const client = await sentinelClient(name, set)
      const { store, take } = durableStore(client)
      await store.deleteSession(await store.createSession())
      expect(take()).toEqual([{ call: 'deleteSession', reached: true, replicas: 1 }])
    },
    STARTUP_MS,
  )
}

test('without a replica it is not reached, and said once if nobody listens', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => emitted.mockRestore())
  const durable = { replicas: 1, timeout: 1 }
  const store = new RedisSessionStore({ client: await connect(redis.url), prefix: 'durable:', durable })
  onTestFinished(() => store.close())
  for (let i = 0; i < 2; i += 1) expect(await store.deleteSession(await store.createSession())).toBe(true)
  expect(emitted.mock.calls).toEqual([
    [
      'deleteSession: 0 replicas have the change after 1 ms, and 1 should',
      { type: 'SojournWarning', code: 'SOJOURN_NOT_DURABLE' },
    ],
  ])
})

test('nothing is waited for when nothing was changed, or nobody asked', async () => {
  const { master } = await replicated()
  const client = await connect(master.url)
  const { store, take } = durableStore(client)
  expect(await store.deleteSession('A'.repeat(43))).toBe(false)
  expect(await store.rotateSession('A'.repeat(43))).toBeNull()
  await store.updateSession(await store.createSession(), { a: '1' })
  expect(take()).toEqual([])
  const plain = new RedisSessionStore({ client })
  await plain.deleteSession(await plain.createSession())
  expect(await master.cli('CLIENT', 'LIST')).not.toContain('cmd=wait')
})

test('the memory store has no replicas, and says so', async () => {
  const store = new MemorySessionStore()
  const results: DurabilityResult[] = []
  const durable = { replicas: 1, timeout: 10, onResult: (result: DurabilityResult) => void results.push(result) }
  await store.deleteSession(await store.createSession(), { durable })
  expect(results).toEqual([{ call: 'deleteSession', reached: false, replicas: 0 }])
})

test('what onResult throws changes no outcome, and is not lost', async () => {
  const store = new MemorySessionStore()
  const wrong = new Error("the application's own")
  const durable = {
    replicas: 1,
    timeout: 10,
    onResult: () => {
      throw wrong
    },
  }
  const microtask = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {})
  onTestFinished(() => microtask.mockRestore())
  const next = (await store.rotateSession(await store.createSession(), { durable })) as string
  expect(await store.getSession(next)).not.toBeNull()
  expect(await store.deleteSession(next, { durable })).toBe(true)
  expect(microtask).toHaveBeenCalledTimes(2)
  for (const [rethrow] of microtask.mock.calls) expect(rethrow).toThrow(wrong)
})

test.each([
  { replicas: 0 },
  { replicas: 1.5 },
  { timeout: 0 },
  { timeout: 60_001 },
  { onResult: 'log' },
  { quorum: 1 },
])('durable with %j throws at construction, and rejects a call before it changes anything', async (wrong) => {
  const durable = { replicas: 1, timeout: 100, ...wrong } as never
  const refused = { code: 'SOJOURN_INVALID_ARGUMENT' }
  const client = new Redis({ lazyConnect: true })
  expect(() => new RedisSessionStore({ client, durable })).toThrow(expect.objectContaining(refused))
  const store = new MemorySessionStore()
  const id = await store.createSession()
  await expect(store.deleteSession(id, { durable })).rejects.toMatchObject(refused)
  expect(await store.getSession(id)).not.toBeNull()
})

/** A port to one master that answers as told. */
function scripted(answer: (args: string[], name: string) => string | number) {
  const commands: string[][] = []
  let name = ''
  const master: Master = {
    name: '',
    isEncrypted: null,
    missingForFailover: null,
    async command(args) {
      commands.push(args)
      if (args[1] === 'SETNAME') name = args[2] as string
      return answer(args, name)
    },
  }
  const port = { masters: async () => [master] } as unknown as RedisPort
  const open = () => ({ port, connected: Promise.resolve(), close() {} })
  const fences = new Fences({ open, keyOn: () => 'fence', commandTimeout: 1000 })
  return { fences, commands }
}

test('a connection that was made anew between the fence and the end of the waiting proves nothing', async () => {
  const same = scripted((args, name) => (args[0] === 'WAIT' ? 1 : name))
  expect(await same.fences.acknowledged('', 1, 100)).toBe(1)
  expect(same.commands.map(([command]) => command)).toEqual(['CLIENT', 'SET', 'WAIT', 'CLIENT'])
  const anew = scripted((args) => (args[0] === 'WAIT' ? 1 : ''))
  expect(await anew.fences.acknowledged('', 1, 100)).toBeNull()
})

test('calls that come while one waits share the next fence, never the one under way', async () => {
  const { fences, commands } = scripted((args, name) => (args[0] === 'WAIT' ? 1 : name))
  const first = fences.acknowledged('', 1, 100)
  await vi.waitUntil(() => commands.length > 0)
  const later = Array.from({ length: 10 }, () => fences.acknowledged('', 1, 100))
  expect(await Promise.all([first, ...later])).toEqual(Array.from({ length: 11 }, () => 1))
  expect(commands.filter(([command]) => command === 'WAIT')).toHaveLength(2)
})

async function clusterClient(name: string, urls: readonly string[]): Promise<object> {
  if (name === 'ioredis') {
    const client = new Cluster(urls as string[])
    onTestFinished(() => client.disconnect())
    return client
  }
  const client = createCluster({ rootNodes: urls.map((url) => ({ url })) })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.destroy())
  return client
}

async function sentinelClient(client: string, { name, sentinels }: Awaited<ReturnType<typeof startSentinel>>) {
  const addresses = sentinels.map(({ host, port }) => ({ host, port }))
  if (client === 'ioredis') {
    const redis = new Redis({ name, sentinels: addresses })
    onTestFinished(() => redis.disconnect())
    return redis
  }
  const redis = await createSentinel({ name, sentinelRootNodes: addresses }).connect()
  onTestFinished(() => redis.destroy())
  return redis
}
