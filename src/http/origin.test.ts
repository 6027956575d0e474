import { describe, expect, test } from 'vitest'
import { InvalidArgumentError } from '../errors.ts'
import { CrossOriginError } from './errors.ts'
import { isSafeMethod, OriginCheck } from './origin.ts'

type Headers = Partial<Record<'sec-fetch-site' | 'origin' | 'host', string>>

const facts = (headers: Headers) => ({ method: 'GET', header: (name: keyof Headers) => headers[name] })

describe('an origin', () => {
  const check = new OriginCheck(['https://partner.example', 'https://[::1]:8443', 'https://other.example:444'])

  const allowed: Headers[] = [
    {},
    { host: 'example.com' },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'cross-site', origin: 'https://partner.example' },
    { 'sec-fetch-site': 'same-site', origin: 'https://other.example:444' },
    { origin: 'https://[::1]:8443' },
    { origin: 'https://example.com', host: 'example.com' },
    { origin: 'https://example.com', host: 'EXAMPLE.com' },
    { origin: 'http://localhost:3000', host: 'localhost:3000' },
    { origin: 'http://[::1]:3000', host: '[::1]:3000' },
  ]
  test.each(allowed)('V3.5.1 passes: %j', (headers) => {
    expect(check.allows(facts(headers))).toBe(true)
    expect(() => check.require(facts(headers))).not.toThrow()
  })

  const refused: Headers[] = [
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'Same-Origin' },
    { 'sec-fetch-site': 'same-origin, none' },
    { 'sec-fetch-site': '' },
    { 'sec-fetch-site': 'cross-site', origin: 'https://example.com', host: 'example.com' },
    { origin: 'https://example.com' },
    { origin: 'https://example.com', host: 'example.com:8080' },
    { origin: 'https://example.com:8080', host: 'example.com' },
    { origin: 'https://example.com.evil.example', host: 'example.com' },
    { origin: 'https://evil.example', host: 'example.com' },
    { origin: 'https://partner.example:444', host: 'example.com' },
    { origin: 'http://partner.example', host: 'example.com' },
    { origin: 'null', host: 'null' },
    { origin: '', host: '' },
    { origin: 'example.com', host: 'example.com' },
    { origin: 'file://', host: '' },
    { origin: 'app://example.com', host: 'example.com' },
  ]
  test.each(refused)('V3.5.1 does not pass: %j', (headers) => {
    expect(check.allows(facts(headers))).toBe(false)
    expect(() => check.require(facts(headers))).toThrow(CrossOriginError)
  })

  const malformed: unknown[] = [
    'https://example.com',
    [''],
    ['example.com'],
    ['https://example.com/'],
    ['https://example.com/path'],
    ['https://EXAMPLE.com'],
    ['https://example.com:443'],
    ['null'],
    ['*'],
    [null],
    {},
  ]
  test.each(malformed)('cannot be trusted: %j', (origins) => {
    expect(() => new OriginCheck(origins as string[])).toThrow(InvalidArgumentError)
  })
})

test('V3.5.1 safe methods are those that change nothing, and no others', () => {
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE']) expect(isSafeMethod(method)).toBe(true)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'PROPFIND', 'QUERY', '']) {
    expect(isSafeMethod(method)).toBe(false)
  }
})
