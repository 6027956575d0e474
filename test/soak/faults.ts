/** What befalls the site while it is visited. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Proxy } from '../support/proxy.ts'
import type { RedisServer } from '../support/redis/server.ts'
import type { App } from './apps.ts'
import { pick, type Random } from './random.ts'
import type { Tally } from './tally.ts'

export interface FaultOptions {
  readonly redis: RedisServer
  readonly proxy: Proxy
  readonly apps: readonly App[]
  readonly random: Random
  readonly tally: Tally
}

/** One fault after another until `signal` says that it is enough; then everything is well again. */
export async function afflict({ redis, proxy, apps, random, tally }: FaultOptions, signal: AbortSignal): Promise<void> {
  const mortal = apps.slice(1)
  const faults: [string, () => Promise<unknown>][] = [
    ['Redis killed', () => redis.kill().then(() => redis.restart())],
    ['Redis paused', () => redis.cli('CLIENT', 'PAUSE', String(200 + Math.round(random() * 800)), 'ALL')],
    ['connections cut', async () => proxy.cut()],
    ['connections cut at the reply', async () => proxy.cutAtReply()],
    ['scripts flushed', () => redis.cli('SCRIPT', 'FLUSH')],
    ['replies delayed', () => delayed(proxy, 50)],
    ['app killed', () => restart(mortal[Math.floor(random() * mortal.length)] as App)],
  ]
  // Each once before any comes again, so that a short run has them all.
  const order = [...faults].sort(() => random() - 0.5)
  while (!signal.aborted) {
    const [name, strike] =
      order.shift() ??
      pick(
        random,
        faults.map((fault) => [1, fault] as const),
      )
    tally.fault(name)
    await strike()
    await sleep(200 + random() * 600)
  }
}

async function delayed(proxy: Proxy, milliseconds: number): Promise<void> {
  proxy.delay(milliseconds, 'toClient')
  await sleep(500)
  proxy.heal()
}

async function restart(app: App): Promise<void> {
  await app.kill()
  await app.start()
}
