import { expect, onTestFinished, test, vi } from 'vitest'
import { RedisCalls } from './calls.ts'
import type { RedisPort, RedisReply, Withdrawal } from './port.ts'
import { script } from './scripts.ts'

const change = script(['', 'return 1'])

/** A client that keeps commands until it is told to send them, and calls on it with a deadline of half a second. */
function keeping({ isCluster = false } = {}) {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const kept: Kept[] = []
  const port: RedisPort = {
    command: (_key, args, withdrawal) =>
      new Promise((resolve, reject) => {
        const command = { args, send: () => withdrawal?.removeEventListener(), resolve, reject }
        kept.push(command)
        ;(withdrawal as Withdrawal).addEventListener('abort', () => {
          withdrawal?.removeEventListener()
          kept.splice(kept.indexOf(command), 1)
          reject(new Error('aborted'))
        })
      }),
    nodeOf: () => '',
    isCluster,
    reconnect: null,
    masters: async () => [],
  }
  const calls = new RedisCalls(port, { commandTimeout: 500, maxWaiting: 100, failFastAfter: 100 })
  const outcome = (key: string) => calls.run(change, key, []).catch(({ code }) => code)
  return { kept, outcome, calls, port }
}

interface Kept {
  readonly args: string[]
  send(): void
  resolve(reply: RedisReply): void
  reject(error: Error): void
}

/** Each command's number of sessions. */
const sizes = (kept: readonly Kept[]) => kept.map(({ args }) => Number(args[2]))

test('what was never sent is never sent, and its outcome is known', async () => {
  const { kept, outcome } = keeping()
  const first = outcome('first')
  kept[0]?.send()
  const others = [outcome('a'), outcome('b')]
  await vi.advanceTimersByTimeAsync(1)
  const later = outcome('c')
  expect(sizes(kept)).toEqual([1, 2])
  await vi.advanceTimersByTimeAsync(498)
  expect(sizes(kept)).toEqual([1, 2, 1])

  await vi.advanceTimersByTimeAsync(1)
  expect(await first).toBe('SOJOURN_UNKNOWN_OUTCOME')
  expect(await Promise.all(others)).toEqual(['SOJOURN_TIMEOUT', 'SOJOURN_TIMEOUT'])
  await vi.advanceTimersByTimeAsync(1)
  expect(await later).toBe('SOJOURN_TIMEOUT')
  expect(sizes(kept)).toEqual([1])
})

test('with one that is withdrawn none of those that go with it is sent', async () => {
  const { kept, outcome } = keeping()
  const first = outcome('first')
  kept[0]?.send()
  const older = outcome('older')
  // The event loop was busy meanwhile.
  vi.setSystemTime(Date.now() + 10)
  vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 10)
  const younger = outcome('younger')
  vi.mocked(performance.now).mockRestore()
  await vi.advanceTimersByTimeAsync(500)
  expect(await Promise.all([first, older])).toEqual(['SOJOURN_UNKNOWN_OUTCOME', 'SOJOURN_TIMEOUT'])
  expect(await younger).toBe('SOJOURN_UNAVAILABLE')
  expect(sizes(kept)).toEqual([1])
})

test('once sent, all of them have an unknown outcome until they are answered', async () => {
  const { kept, outcome } = keeping()
  const all = ['first', 'a', 'b'].map(outcome)
  await vi.advanceTimersByTimeAsync(1)
  for (const { send } of kept) send()
  await vi.advanceTimersByTimeAsync(500)
  expect(await Promise.all(all)).toEqual(Array(3).fill('SOJOURN_UNKNOWN_OUTCOME'))
})

test('an answer for another number of calls is nobody’s', async () => {
  const { kept, outcome } = keeping()
  const all = ['first', 'a', 'b'].map(outcome)
  await vi.advanceTimersByTimeAsync(1)
  kept[0]?.resolve(1)
  kept[1]?.resolve([1, 1, 1])
  expect(await Promise.all(all)).toEqual([1, 'SOJOURN_UNAVAILABLE', 'SOJOURN_UNAVAILABLE'])
})

test('a call that finds nothing under way goes at once', async () => {
  const { kept, outcome } = keeping()
  const first = outcome('first')
  expect(sizes(kept)).toEqual([1])
  kept[0]?.resolve(1)
  expect(await first).toBe(1)
  void outcome('second')
  expect(sizes(kept)).toEqual([1, 1])
})

test('in a cluster each call goes by itself, at once', () => {
  const { kept, outcome } = keeping({ isCluster: true })
  for (const key of ['first', 'a', 'b']) void outcome(key)
  expect(sizes(kept)).toEqual([1, 1, 1])
})

test('what does not gather does not overtake what gathers for its key', () => {
  const { kept, outcome, calls } = keeping()
  for (const key of ['first', 'a', 'b']) void outcome(key)
  void calls.query('HGETALL', 'other')
  void calls.query('HGETALL', 'b')
  expect(kept.map(({ args }) => args.at(-1))).toEqual(['first', 'other', '0', 'b'])
})

test('a failure that quotes a key shows nobody the key of another', async () => {
  const { kept, calls } = keeping()
  const message = (key: string) => calls.run(change, key, []).catch((error: Error) => `${error.message} ${error.cause}`)
  const all = ['key of ann', 'key of ben', 'key of cleo'].map(message)
  await vi.advanceTimersByTimeAsync(1)
  kept[0]?.resolve(1)
  kept[1]?.reject(new Error('ERR cannot route key of ben and key of cleo'))
  expect((await Promise.all(all)).slice(1).join()).not.toMatch(/key of/)
})

test('a client that throws at once fails the calls, and nothing else', async () => {
  const { outcome, port, kept, calls } = keeping()
  const all = [outcome('first')]
  port.command = () => {
    throw new Error('destroyed')
  }
  all.push(outcome('a'), outcome('b'))
  await vi.advanceTimersByTimeAsync(1)
  kept[0]?.resolve(1)
  expect(await Promise.all(all)).toEqual([1, 'SOJOURN_UNAVAILABLE', 'SOJOURN_UNAVAILABLE'])
  expect(await outcome('c')).toBe('SOJOURN_UNAVAILABLE')
  expect(await calls.query('HGETALL', 'd').catch(({ code }) => code)).toBe('SOJOURN_UNAVAILABLE')
})

test('what gathers when a cluster turns out to be there goes by itself, before what comes later', async () => {
  const { kept, outcome } = keeping()
  for (const key of ['first', 'a', 'b']) void outcome(key)
  await vi.advanceTimersByTimeAsync(1)
  for (const key of ['c', 'd']) void outcome(key)
  const crossing = kept[1]
  kept.length = 0
  crossing?.reject(new Error('CROSSSLOT Keys in request don’t hash to the same slot'))
  await Promise.resolve()
  await Promise.resolve()
  void outcome('d')
  expect(kept.map(({ args }) => args.slice(2))).toEqual(['a', 'b', 'c', 'd', 'd'].map((key) => ['1', key]))
})
