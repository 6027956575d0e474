import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkFields, DEFAULT_LIMITS } from './limits.ts'
import { decodeRecord, isReserved, readTimestamp } from './record.ts'

const reserved = [
  'session_ttl',
  '60',
  'created_at',
  '2026-04-02T12:34:56+00:00',
  'last_accessed_at',
  '2026-04-02T12:40:10Z',
]
const wellFormed = (options: fc.StringConstraints) =>
  fc.string({ unit: 'binary', ...options }).filter((text) => text.isWellFormed())

test('what is flattened is decoded again, whatever the names and values', () => {
  const data = fc.dictionary(wellFormed({ minLength: 1, maxLength: 50 }), wellFormed({ maxLength: 200 }), {
    maxKeys: 20,
  })
  fc.assert(
    fc.property(data, (fields) => {
      const decoded = decodeRecord([...checkFields(fields, DEFAULT_LIMITS), ...reserved], null, 0)
      const kept = Object.entries(fields).filter(([name]) => !isReserved(name))
      expect(
        Object.entries(decoded?.data ?? {})
          .filter(([name]) => !isReserved(name))
          .sort(),
      ).toEqual(kept.sort())
      expect(Object.getPrototypeOf(decoded?.data)).toBe(null)
    }),
    { numRuns: 500 },
  )
})

test('any flat list whatever is a session or null, and never an error', () => {
  const names = fc.oneof(
    fc.constantFrom('session_ttl', 'created_at', 'last_accessed_at', 'sojourn:deadline', '__proto__'),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(names, fc.constantFrom('60', '0', '1e3', 'x')), { maxLength: 12 }), (flat) => {
      const record = decodeRecord(flat, 0, 0)
      if (record !== null) expect(record.ttl).toBeGreaterThanOrEqual(1)
    }),
    { numRuns: 2000 },
  )
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test('bookkeeping is decoded and kept out of the data', () => {
  const record = decodeRecord(
    [
      ...reserved,
      'sojourn:deadline',
      '1775133296000',
      'sojourn:authenticated_at',
      '2026-04-02T12:34:56+00:00',
      'sojourn:later',
      '?',
    ],
    5,
    0,
  )
  expect(record).toMatchObject({
    ttl: 60,
    deadline: 1775133296000,
    authenticatedAt: '2026-04-02T12:34:56+00:00',
    readAt: 5,
  })
  expect(Object.keys(record?.data ?? {}).sort()).toEqual(['created_at', 'last_accessed_at', 'session_ttl'])
})

test('times are read with an offset, with Z, and never crash', () => {
  expect(readTimestamp('2026-04-02T12:34:56+00:00')).toEqual(readTimestamp('2026-04-02T12:34:56Z'))
  expect(readTimestamp('yesterday')).toEqual(new Date(0))
})
