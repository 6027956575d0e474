/** Scenario 7: the master that a client is connected to has become a replica. */
import { setImmediate } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startProxy } from '../support/proxy.ts'
import { eventually } from '../support/redis/eventually.ts'
import { REPLICATION_ARGS, type RedisServer, startRedis } from '../support/redis/server.ts'
import { connectOne } from './support/clients.ts'
import { storesOn } from './support/promises.ts'

const PATIENCE = 15_000

/** Two servers behind one address, as behind a name that follows the master. `demote` makes the second one the master, `move` has the address lead there, `swap` does both. */
async function movingAddress() {
  const [first, second] = (await Promise.all([
    startRedis({ args: REPLICATION_ARGS }),
    startRedis({ args: REPLICATION_ARGS }),
  ])) as [RedisServer, RedisServer]
  const proxy = await startProxy(first.port)
  onTestFinished(async () => {
    await Promise.all([proxy.stop(), first.stop(), second.stop()])
  })
  await second.cli('REPLICAOF', first.host, String(first.port))
  await eventually('the replica to follow', async () =>
    (await second.cli('INFO', 'replication')).includes('master_link_status:up'),
  )
  const demote = async () => {
    await first.cli('WAIT', '1', '5000')
    await second.cli('REPLICAOF', 'NO', 'ONE')
    await first.cli('REPLICAOF', second.host, String(second.port))
  }
  const move = () => proxy.retarget(second.port)
  return {
    url: proxy.url,
    first,
    demote,
    move,
    async swap() {
      await demote()
      move()
    },
  }
}

test.each(['node-redis', 'ioredis'] as const)(
  'one request fails with a clear error and changes nothing, then the connection leads to the new master (%s)',
  async (name) => {
    const address = await movingAddress()
    const keepsCommands = name === 'ioredis' ? { enableOfflineQueue: true } : { disableOfflineQueue: false }
    const { patient: store } = storesOn(await connectOne(name, address.url, keepsCommands), PATIENCE)
    const id = await store.createSession({ n: '0' })
    await address.swap()

    await expect(store.incrementField(id, 'n')).rejects.toMatchObject({
      code: 'SOJOURN_UNAVAILABLE',
      cause: { message: expect.stringContaining('READONLY') },
    })
    expect(await store.incrementField(id, 'n')).toBe(1)
  },
)

test.each(['node-redis', 'ioredis'] as const)(
  'an address that leads to the replica for a while costs a connection a second, and is followed when it moves (%s)',
  async (name) => {
    const address = await movingAddress()
    const { patient: store } = storesOn(await connectOne(name, address.url), PATIENCE)
    const id = await store.createSession({ n: '0' })
    await address.demote()

    const connections = async () =>
      Number(/total_connections_received:(\d+)/.exec(await address.first.cli('INFO', 'stats'))?.[1])
    const before = await connections()
    const began = performance.now()
    for (let refused = 0; refused < 50; ) {
      const failure: unknown = await store.incrementField(id, 'n').catch((error: unknown) => error)
      if (/READONLY/.test((failure as { cause?: Error }).cause?.message ?? '')) refused += 1
      await setImmediate() // without a connection calls fail at once, and nothing else would happen
    }
    const seconds = (performance.now() - began) / 1000
    const looks = 1 // redis-cli itself
    expect((await connections()) - before - looks).toBeLessThanOrEqual(Math.ceil(seconds) + 1)

    address.move()
    const value = await eventually('the client to follow', async () => await store.incrementField(id, 'n'))
    expect(value).toBe(1)
  },
)
