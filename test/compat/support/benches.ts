/** Where the drop-ins are tested: in memory and on Redis, by each client. */
import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, afterEach, beforeAll, beforeEach, inject, vi } from 'vitest'
import type { SojournStoreOptions } from '../../../src/compat/dropin/options.ts'
import { redisPort } from '../../../src/redis/client.ts'
import type { RedisPort } from '../../../src/redis/port.ts'
import { scanNode } from '../../../src/redis/scan.ts'

/** Timing is not what these tests are about: a loaded machine must not fail them. */
const PATIENCE = 10_000

export interface Bench {
  readonly name: string
  /** The options of a store with nothing in it. */
  options(): SojournStoreOptions
  /** Lets so many seconds pass: for the middleware's clock, and for what the latest store holds. */
  age(seconds: number): Promise<void>
}

export const BENCHES: readonly Bench[] = [
  {
    name: 'in memory',
    options: () => ({ engine: 'memory', now: () => Date.now() }),
    age: async (seconds) => passTime(seconds),
  },
  redisBench('node-redis', () => createClient({ url: inject('redis').url })),
  redisBench('ioredis, hashed IDs', () => new Redis(inject('redis').url, { lazyConnect: true }), {
    hashIds: true,
  }),
]

/** Time stands still but for `age`. Only `Date` is replaced: sockets and timers go on. */
export function holdTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
}

interface Client {
  connect(): Promise<unknown>
  quit(): Promise<unknown>
}

function redisBench(name: string, connect: () => Client, fixed: { hashIds?: boolean } = {}): Bench {
  let client: Client
  let port: RedisPort
  let prefix = ''
  beforeAll(async () => {
    client = connect()
    await client.connect()
    port = redisPort(client)
  })
  afterAll(() => client.quit())
  return {
    name,
    options() {
      prefix = `dropin:${randomUUID()}:`
      return { client, prefix, commandTimeout: PATIENCE, ...fixed }
    },
    async age(seconds) {
      passTime(seconds)
      for (const master of await port.masters()) {
        for await (const keys of scanNode(master, 'hash', `${prefix}*`)) {
          await Promise.all(keys.map((key) => ageKey(port, key, seconds)))
        }
      }
    },
  }
}

async function ageKey(port: RedisPort, key: string, seconds: number): Promise<void> {
  const left = Number(await port.command(key, ['PTTL', key])) - seconds * 1000
  await port.command(key, left > 0 ? ['PEXPIRE', key, String(left)] : ['DEL', key])
}

/** All that a memory store needs to grow older. */
export function passTime(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000)
}
