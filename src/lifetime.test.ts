import { expect, test } from 'vitest'
import { touchDue } from './lifetime.ts'

const NOW = 1_000_000_000_000
const due = (touchedAgo: number) => touchDue(NOW, NOW - touchedAgo, 60, 10)

test('a read within the touch interval is not due, one after it is', () => {
  expect(due(0)).toBe(false)
  expect(due(9_999)).toBe(false)
  expect(due(10_000)).toBe(true)
})

test('a touch that is still to come, by another clock, is no touch', () => {
  expect(due(-1000)).toBe(false)
  expect(due(-1001)).toBe(true)
  expect(due(-60_000)).toBe(true)
  expect(due(Number.NaN)).toBe(true)
})

test('a session that would not outlive the interval is always due', () => {
  expect(touchDue(NOW, NOW, 10, 10)).toBe(true)
})

test('without a touch interval each read is due, also by a clock that was set back', () => {
  for (const touchedAgo of [0, 500, -500]) expect(touchDue(NOW, NOW - touchedAgo, 60, 0)).toBe(true)
})
