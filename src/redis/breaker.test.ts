import { expect, test } from 'vitest'
import { Breaker } from './breaker.ts'

/** A breaker on a clock of its own, whose pauses are as long as they can be unless `random` says otherwise. */
function breakerAt(time: { now: number }, random = 1) {
  return new Breaker({ failures: 3, patience: 60_000, now: () => time.now, random: () => random })
}

function failing(breaker: Breaker, node: string, time: { now: number }, times: number): void {
  for (let i = 0; i < times; i += 1) breaker.failed(node, time.now)
}

test('calls fail at once after so many failures in a row, and not before', () => {
  const time = { now: 1000 }
  const breaker = breakerAt(time)
  failing(breaker, 'a', time, 2)
  expect(breaker.refusal('a')).toBeNull()
  breaker.answered('a')
  failing(breaker, 'a', time, 2)
  expect(breaker.refusal('a')).toBeNull()
  failing(breaker, 'a', time, 1)
  expect(breaker.refusal('a')).toMatchObject({ code: 'SOJOURN_UNAVAILABLE', retryAfter: 1 })
})

test('one call at a time tries again, after pauses that grow up to half a second', () => {
  const time = { now: 1000 }
  const breaker = breakerAt(time)
  failing(breaker, 'a', time, 3)
  for (const pause of [100, 200, 400, 500, 500]) {
    time.now += pause - 1
    expect(breaker.refusal('a')).not.toBeNull()
    time.now += 1
    expect(breaker.refusal('a')).toBeNull()
    expect(breaker.refusal('a')).not.toBeNull()
    time.now += 59_999
    expect(breaker.refusal('a')).not.toBeNull()
    breaker.failed('a', time.now)
  }
  time.now += 500
  expect(breaker.refusal('a')).toBeNull()
  breaker.answered('a')
  expect(breaker.refusal('a')).toBeNull()
  expect(breaker.refusal('a')).toBeNull()
})

test('one that tries again and never says how it went keeps nobody away for good', () => {
  const time = { now: 1000 }
  const breaker = breakerAt(time)
  failing(breaker, 'a', time, 3)
  time.now += 100
  expect(breaker.refusal('a')).toBeNull()
  time.now += 60_000
  expect(breaker.refusal('a')).toBeNull()
  expect(breaker.refusal('a')).not.toBeNull()
})

test('pauses are cut by up to a half, so that processes do not come back together', () => {
  const time = { now: 1000 }
  const breaker = breakerAt(time, 0)
  failing(breaker, 'a', time, 3)
  time.now += 49
  expect(breaker.refusal('a')).not.toBeNull()
  time.now += 1
  expect(breaker.refusal('a')).toBeNull()
})

test('what was under way when the pause began does not make it longer', () => {
  const time = { now: 1000 }
  const breaker = breakerAt(time)
  failing(breaker, 'a', time, 3)
  const sent = time.now - 1
  time.now += 50
  for (let i = 0; i < 100; i += 1) breaker.failed('a', sent)
  time.now += 50
  expect(breaker.refusal('a')).toBeNull()
})

test('a node that fails shuts nobody out from another', () => {
  const time = { now: 1000 }
  const breaker = breakerAt(time)
  failing(breaker, 'a', time, 3)
  expect(breaker.refusal('a')).not.toBeNull()
  expect(breaker.refusal('b')).toBeNull()
  breaker.answered('b')
  expect(breaker.refusal('a')).not.toBeNull()
})
