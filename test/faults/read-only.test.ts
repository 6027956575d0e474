/** Scenario 7: the master that a client is connected to has become a replica. */
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { startProxy } from '../support/proxy.ts'
import { eventually } from '../support/redis/eventually.ts'
import { REPLICATION_ARGS, type RedisServer, startRedis } from '../support/redis/server.ts'
import { connectOne } from './support/clients.ts'
import { storesOn } from './support/promises.ts'

const PATIENCE = 15_000

/** Two servers behind one address, as behind a name that follows the master. `swap` makes the second one the master. */
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
  return {
    url: proxy.url,
    first,
    async swap() {
      await first.cli('WAIT', '1', '5000')
      await second.cli('REPLICAOF', 'NO', 'ONE')
      await first.cli('REPLICAOF', second.host, String(second.port))
      proxy.retarget(second.port)
    },
  }
}

test('ioredis with reconnectOnError: one failed request for the connection, then it is at the new master', async () => {
  const address = await movingAddress()
  const reconnectOnError = (error: Error) => error.message.startsWith('READONLY')
  const client = (await connectOne('ioredis', address.url, { reconnectOnError, enableOfflineQueue: true })) as Redis
  const { patient: store } = storesOn(client, PATIENCE)
  const id = await store.createSession({ n: '0' })
  await address.swap()

  await expect(store.incrementField(id, 'n')).rejects.toMatchObject({
    code: 'SOJOURN_UNAVAILABLE',
    cause: { message: expect.stringContaining('READONLY') },
  })
  expect(await store.incrementField(id, 'n')).toBe(1)
})

test.each(['node-redis', 'ioredis'] as const)(
  'a connection that stays fails with a clear error, changes nothing, and follows when it is closed (%s)',
  async (name) => {
    const address = await movingAddress()
    const { patient: store } = storesOn(await connectOne(name, address.url), PATIENCE)
    const id = await store.createSession({ n: '0' })
    await address.swap()

    for (let i = 0; i < 3; i++) {
      await expect(store.incrementField(id, 'n')).rejects.toMatchObject({
        code: 'SOJOURN_UNAVAILABLE',
        cause: { message: expect.stringContaining('READONLY') },
      })
    }
    // Sentinel does this when it demotes a master, and so do services that move an address.
    await address.first.cli('CLIENT', 'KILL', 'TYPE', 'normal')
    const value = await eventually('the client to follow', async () => await store.incrementField(id, 'n'))
    expect(value).toBe(1)
  },
)
