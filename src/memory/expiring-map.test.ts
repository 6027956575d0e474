import { expect, test } from 'vitest'
import { ExpiringMap } from './expiring-map.ts'

test('entries expire when the clock says so', () => {
  let now = 0
  const map = new ExpiringMap<string>(() => now)
  map.set('a', '1', 10)
  expect(map.get('a')).toBe('1')
  now = 10
  expect(map.get('a')).toBeUndefined()
  expect(map.size).toBe(0)
})

test('memory of entries that nobody asks for is taken back as others come', () => {
  let now = 0
  const map = new ExpiringMap<number>(() => now)
  let most = 0
  for (let i = 0; i < 100_000; i++) {
    now = i
    map.set(String(i), i, i + 100)
    most = Math.max(most, map.size)
  }
  expect(most).toBeLessThan(500)
})
