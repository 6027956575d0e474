/** A sentinel tells of another master while ioredis asks who it is: by itself the client would end. */
import { Redis, type RedisOptions } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { RedisSessionStore } from '../../src/index.ts'
import { eventually } from '../support/redis/eventually.ts'
import { startSentinel } from '../support/redis/sentinel.ts'
import type { RedisServer } from '../support/redis/server.ts'
import { PREFIX } from './support/promises.ts'

test('the client connects again, and the store is served', async () => {
  const { set, client, store, silent, telling } = await open()
  const id = await store.createSession({ username: 'andrew' })
  await beginToAsk(client, set.nodes[0], silent)

  const ended = endOf(client)
  await telling.cli('SENTINEL', 'FAILOVER', set.name)
  const master = () => telling.cli('SENTINEL', 'MASTER', set.name)
  await eventually('the switch', async () => (await master()).includes(`\n${set.nodes[1].port}\n`))
  silent.process.kill('SIGCONT')
  await ended

  const session = await eventually('the store to be served', () => store.getSession(id).catch(() => false as const))
  expect(session).toMatchObject({ username: 'andrew' })
})

test('a client that the application closes stays closed', async () => {
  const { client } = await open()
  const ended = endOf(client)
  client.disconnect()
  await ended
  expect(client.status).toBe('end')
})

test('also when it closes it while it asks', async () => {
  const { set, client, silent } = await open()
  await beginToAsk(client, set.nodes[0], silent)
  const ended = endOf(client)
  client.disconnect()
  silent.process.kill('SIGCONT')
  await ended
  expect(client.status).toBe('end')
})

test('so does one that was told to give up when no sentinel answers', async () => {
  const { set, client } = await open({ sentinelRetryStrategy: () => null })
  for (const sentinel of set.sentinels) await sentinel.kill()
  const ended = endOf(client)
  await cut(set.nodes[0])
  await ended
  expect(client.status).toBe('end')
})

/** A client and a store on a set of two sentinels, of which the client asks the first, and hears both. */
async function open(extra: Pick<RedisOptions, 'sentinelRetryStrategy'> = {}) {
  const { sentinels, nodes, name, stop } = await startSentinel({ sentinels: 2 })
  onTestFinished(stop)
  const [silent, telling] = sentinels as [RedisServer, RedisServer]
  const addresses = sentinels.map(({ host, port }) => ({ host, port }))
  const client = new Redis({ name, sentinels: addresses, failoverDetector: true, lazyConnect: true, ...extra })
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  const store = new RedisSessionStore({ client, prefix: PREFIX })
  await client.connect()
  return { set: { name, sentinels, nodes: nodes as [RedisServer, RedisServer] }, client, store, silent, telling }
}

/** Has the client look for the master while the sentinel that it asks is silent. */
async function beginToAsk(client: Redis, master: RedisServer, silent: RedisServer): Promise<void> {
  silent.process.kill('SIGSTOP')
  const begun = new Promise((resolve) => client.once('connecting', resolve))
  await cut(master)
  await begun
}

/** Not `once` of node:events, which rejects for the errors that come before. */
function endOf(client: Redis): Promise<unknown> {
  return new Promise((resolve) => client.once('end', resolve))
}

function cut(master: RedisServer): Promise<unknown> {
  return master.cli('CLIENT', 'KILL', 'TYPE', 'normal')
}
