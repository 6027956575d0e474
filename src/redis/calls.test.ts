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
