/** Scenario 9: the connection is open here and gone there. With the settings of docs/clients.md the client notices within 2 s. */
import type { createClient } from 'redis'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../support/redis/eventually.ts'
import { CLIENTS, type ClientName, connectOne } from './support/clients.ts'
import { startLoad } from './support/load.ts'
import { COMMAND_TIMEOUT, expectPromisesKept, storesOn } from './support/promises.ts'
import { silenceNext, startProxied } from './support/proxied.ts'
import { watchSilence } from './support/watchdog.ts'

const NOTICED_WITHIN_MS = 2000

/** For a timer that is late, and the way back. */
const SLACK_MS = 1000

async function connect(name: ClientName, url: string): Promise<object> {
  if (name === 'ioredis') return connectOne(name, url, { socketTimeout: 1000 })
  const client = await connectOne(name, url, { pingInterval: 300 })
  onTestFinished(watchSilence(client as ReturnType<typeof createClient>))
  return client
}

test.each(CLIENTS)('half-open TCP is noticed within 2 s, and left (%s)', async (name) => {
  const { redis, proxy } = await startProxied()
  const { store, patient } = storesOn(await connect(name, proxy.url))
  const load = startLoad({ store, commandTimeout: COMMAND_TIMEOUT, workers: 4 })
  await load.successes(100)
  for (const direction of [undefined, 'toServer', 'toClient'] as const) {
    const begun = performance.now()
    proxy.blackhole(direction)
    await load.failures(4)
    await load.successes(20)
    expect(performance.now() - begun).toBeLessThan(NOTICED_WITHIN_MS + SLACK_MS)
  }
  const { errors } = await expectPromisesKept(load, { masters: [redis.url], patient })
  expect(errors).toHaveProperty('SOJOURN_TIMEOUT')
})

test.each(CLIENTS)('one that falls silent before it is ready is left too (%s)', async (name) => {
  const { proxy } = await startProxied()
  const { store } = storesOn(await connect(name, proxy.url))
  const id = await store.createSession()
  await silenceNext(proxy)
  const begun = performance.now()
  await eventually('the session', async () => (await store.getSession(id).catch(() => null)) !== null)
  expect(performance.now() - begun).toBeLessThan(5000 + NOTICED_WITHIN_MS)
})

test.each(CLIENTS)('a connection cut or half-closed is left at once (%s)', async (name) => {
  const { redis, proxy } = await startProxied()
  const { store, patient } = storesOn(await connectOne(name, proxy.url))
  const load = startLoad({ store, commandTimeout: COMMAND_TIMEOUT, workers: 4 })
  for (const fault of [
    () => proxy.cut(),
    () => proxy.halfClose('toClient'),
    () => proxy.halfClose('toServer'),
    () => proxy.cutAtReply(),
    () => proxy.delay(20),
    () => proxy.throttle(20_000),
  ]) {
    await load.successes(50)
    fault()
    await load.successes(20)
    proxy.heal()
  }
  await expectPromisesKept(load, { masters: [redis.url], patient })
})
