import { expect, test } from 'vitest'
import { expiryMoved } from './term.ts'

const cookie = (expires: unknown, path = '/', originalMaxAge: number | null = 60_000) =>
  JSON.stringify({ originalMaxAge, expires, path })

test.each([
  ['later', cookie('2026-04-02T12:00:00.000Z'), cookie('2026-04-02T12:00:01.500Z'), 1500],
  ['earlier', cookie('2026-04-02T12:00:00.000Z'), cookie('2026-04-02T11:59:59.999Z'), -1],
  ['the same', cookie('2026-04-02T12:00:00.000Z'), cookie('2026-04-02T12:00:00.000Z'), 0],
  [
    'later, as @fastify/session says it',
    '{"expires":"2026-04-02T12:00:00.000Z","originalMaxAge":60000,"path":"/"}',
    '{"expires":"2026-04-02T12:00:00.500Z","originalMaxAge":60000,"originalExpires":"2026-04-02T12:00:00.000Z","path":"/"}',
    500,
  ],
  [
    'later, with a maximum age that was read back from a clock that went on',
    cookie('2026-04-02T12:00:00.000Z'),
    cookie('2026-04-02T12:00:01.500Z', '/', 59_999),
    1500,
  ],
  [
    'later, with another maximum age',
    cookie('2026-04-02T12:00:00.000Z'),
    cookie('2026-04-02T12:00:01.500Z', '/', 61_000),
    null,
  ],
  [
    'later, without a maximum age by now',
    cookie('2026-04-02T12:00:00.000Z'),
    cookie('2026-04-02T12:00:01.500Z', '/', null),
    null,
  ],
  [
    'later, with a maximum age that was read back, and another path',
    cookie('2026-04-02T12:00:00.000Z'),
    cookie('2026-04-02T12:00:01.500Z', '/a', 59_999),
    null,
  ],
  ['another path', cookie('2026-04-02T12:00:00.000Z'), cookie('2026-04-02T12:00:01.500Z', '/a'), null],
  ['ends with the browser by now', cookie('2026-04-02T12:00:00.000Z'), cookie(null), null],
  ['no date', cookie('never'), cookie('2026-04-02T12:00:00.000Z'), null],
  [
    'a path that looks like an expiry',
    cookie(null, '"expires":"2026-04-02"'),
    cookie(null, '"expires":"2026-04-03"'),
    null,
  ],
])('by how much a cookie moved: %s', (_, before, after, milliseconds) => {
  expect(expiryMoved(before, after)).toBe(milliseconds)
})
