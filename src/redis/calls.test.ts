import { expect, onTestFinished, test, vi } from 'vitest'
import { RedisCalls } from './calls.ts'
import type { RedisPort } from './port.ts'

const SETTINGS = { commandTimeout: 500, maxWaiting: 100, failFastAfter: 5 }

function fakeTime() {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
}

/** A cluster as its client sees it: who has the key, and how that node answers. */
function clusterOf(command: RedisPort['command']) {
  const cluster = { master: 'a', command }
  const port: RedisPort = {
    command: (...args) => cluster.command(...args),
    nodeOf: () => cluster.master,
    isCluster: true,
    reconnect: null,
    masters: async () => [],
  }
  const calls = new RedisCalls(port, SETTINGS)
  return { cluster, outcome: () => calls.query('GET', 'key').catch((error: Error) => error.message) }
}

const down = () => Promise.reject(new Error('Socket closed unexpectedly'))

test('a node whose replica took over while it was tried again is asked when it is back', async () => {
  fakeTime()
  const { cluster, outcome } = clusterOf(down)
  for (let i = 0; i < SETTINGS.failFastAfter; i += 1) await outcome()
  expect(await outcome()).toContain('is not asked again yet')
  vi.advanceTimersByTime(100)
  cluster.command = async () => {
    cluster.master = 'b'
    return 'from b'
  }
  expect(await outcome()).toBe('from b')
  cluster.master = 'a'
  cluster.command = async () => 'from a'
  expect(await outcome()).toBe('from a')
})

test('what a node did not answer does not count for the one that took over', async () => {
  const { cluster, outcome } = clusterOf(async () => {
    cluster.master = 'b'
    return down()
  })
  for (let i = 0; i < SETTINGS.failFastAfter; i += 1) {
    cluster.master = 'a'
    await outcome()
  }
  cluster.command = async () => 'from b'
  expect(cluster.master).toBe('b')
  expect(await outcome()).toBe('from b')
})

/** A server on which each SCAN takes its time, and few find anything. */
function scanned(command: (args: string[]) => Promise<unknown>) {
  const sent: string[][] = []
  const master = {
    name: '',
    isEncrypted: null,
    missingForFailover: null,
    command: (args: string[]) => {
      sent.push(args)
      return command(args) as Promise<never>
    },
  }
  const port: RedisPort = {
    command: () => Promise.reject(new Error('not asked')),
    nodeOf: () => '',
    isCluster: false,
    reconnect: null,
    masters: async () => [master],
  }
  return { calls: new RedisCalls(port, SETTINGS), sent }
}

const after = <T>(milliseconds: number, value: T) =>
  new Promise<T>((resolve) => setTimeout(() => resolve(value), milliseconds))

test('a scan among many other keys may take long, as long as each of its commands is answered in time', async () => {
  fakeTime()
  const { calls, sent } = scanned(([, cursor]) =>
    after(400, cursor === '9' ? ['0', ['key']] : [`${Number(cursor) + 1}`, []]),
  )
  const found: string[] = []
  const walk = (async () => {
    for await (const keys of calls.scanHashes('*')) found.push(...keys)
  })()
  await vi.advanceTimersByTimeAsync(4000)
  await walk
  expect(found).toEqual(['key'])
  expect(sent).toHaveLength(10)
})

test('a scan that is left, or fails, sends nothing more', async () => {
  fakeTime()
  const left = scanned(() => after(1, ['1', []]))
  const leave = (async () => {
    for await (const _ of left.calls.scanHashes('*')) return
  })()
  const failed = scanned(([, cursor]) => after(cursor === '2' ? 600 : 1, [`${Number(cursor) + 1}`, []]))
  const fail = (async () => {
    for await (const _ of failed.calls.scanHashes('*'));
  })()
  const outcome = fail.catch((error) => error.code)
  await vi.advanceTimersByTimeAsync(5000)
  await leave
  expect(left.sent).toHaveLength(1)
  expect(await outcome).toBe('SOJOURN_TIMEOUT')
  expect(failed.sent).toHaveLength(3)
})
