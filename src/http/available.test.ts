import { expect, test } from 'vitest'
import { StoreUnavailableError } from '../errors.ts'
import { available } from './available.ts'

test.each([
  [{}, '1'],
  [{ retryAfter: 7 }, '7'],
])('a store that fails with %j is a 503 that says when to come again', async (options, seconds) => {
  const cause = new StoreUnavailableError('Redis is down', options)
  const error = await available(Promise.reject(cause)).catch((error) => error)
  expect(error).toMatchObject({ status: 503, cause, headers: { 'Cache-Control': 'no-store', 'Retry-After': seconds } })
  expect(error.getResponse().headers.get('Retry-After')).toBe(seconds)
})
