/** Scenario 10: all clients of a server that is gone try to come back. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { Routes } from '../http/adapter.ts'
import { node } from '../http/adapters/node.ts'
import { memory } from '../http/engines.ts'
import { benchOf } from '../http/site.ts'
import { eventually } from '../support/redis/eventually.ts'
import { watchCommands } from '../support/redis/monitor.ts'
import { CLIENTS, connectOne } from './support/clients.ts'
import { storesOn } from './support/promises.ts'
import { startProxied } from './support/proxied.ts'

const CLIENT_COUNT = 20
const OBSERVED_MS = 3000

const routes: Routes = { 'GET /who': ({ session }) => ({ json: session.get('name') ?? null }) }

test.each(CLIENTS)('attempts become fewer and do not come in step (%s)', async (name) => {
  const { proxy } = await startProxied()
  await Promise.all(Array.from({ length: CLIENT_COUNT }, () => connectOne(name, proxy.url)))
  proxy.refuse()
  const begun = performance.now()
  const before = proxy.arrivals.length
  proxy.cut()
  await sleep(OBSERVED_MS) // what did not happen cannot be awaited
  const arrivals = proxy.arrivals.slice(before).map((at) => at - begun)

  // The last step of our back-off is 400 ms, with jitter 300 on average: some 10 attempts of each client in 3 s.
  expect(arrivals.length).toBeGreaterThan(CLIENT_COUNT * 3)
  expect(arrivals.length).toBeLessThan(CLIENT_COUNT * 20)
  // In step, all of them would come in the same hundredth of a second.
  const late = arrivals.filter((at) => at > OBSERVED_MS / 2)
  const busiest = Math.max(...late.map((at) => late.filter((other) => Math.abs(other - at) <= 10).length))
  expect(busiest).toBeLessThan(CLIENT_COUNT)
})

test.each(CLIENTS)(
  'anonymous requests neither fail nor touch Redis, while it is gone and when it is back (%s)',
  async (name) => {
    const { redis, proxy } = await startProxied()
    const { patient: store } = storesOn(await connectOne(name, proxy.url))
    const { browser } = await benchOf(node, memory).open(routes, { store })
    const watch = await watchCommands(redis.port)
    onTestFinished(() => watch.stop())
    const crowd = async () => {
      const answers = await Promise.all(Array.from({ length: 100 }, () => browser().get('/who')))
      for (const { status, cookies } of answers) expect([status, cookies]).toEqual([200, []])
    }
    await crowd()
    proxy.refuse()
    proxy.cut()
    await crowd()
    proxy.heal()
    await crowd()
    await eventually('the client to be back', () => store.createSession())
    await watch.settled()
    const sent = watch.commands().filter(({ fromScript, name }) => !fromScript && !HANDSHAKE.has(name))
    expect(sent.map(({ name }) => name)).toEqual(['EVALSHA', 'EVAL'])
  },
)

/** What a client says of itself when it connects. */
const HANDSHAKE = new Set(['HELLO', 'CLIENT', 'INFO', 'SELECT', 'PING'])
