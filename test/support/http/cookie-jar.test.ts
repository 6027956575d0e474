import { beforeEach, describe, expect, test } from 'vitest'
import { CookieJar } from './cookie-jar.ts'

const url = (address: string) => new URL(address)

describe('a jar', () => {
  let jar: CookieJar
  beforeEach(() => {
    jar = new CookieJar()
  })

  test('sends what it was given, to the same host only', () => {
    jar.take(url('http://a.example/x'), ['one=1', 'two=2; Path=/deep'])
    expect(jar.header(url('http://a.example/'))).toBe('one=1')
    expect(jar.header(url('http://a.example/deep/er'))).toBe('two=2; one=1')
    expect(jar.header(url('http://a.example/deeper'))).toBe('one=1')
    expect(jar.header(url('http://b.a.example/'))).toBeUndefined()
    expect(jar.header(url('http://example/'))).toBeUndefined()
  })

  test('sends a cookie with a domain to subdomains, and takes none for another domain', () => {
    jar.take(url('http://a.example/'), [
      'one=1; Domain=a.example',
      'evil=1; Domain=b.example',
      'sub=1; Domain=b.a.example',
    ])
    expect(jar.header(url('http://b.a.example/'))).toBe('one=1')
    expect(jar.header(url('http://xa.example/'))).toBeUndefined()
  })

  test('keeps Secure cookies to TLS, in both directions', () => {
    jar.take(url('http://a.example/'), ['one=1; Secure'])
    expect(jar.header(url('https://a.example/'))).toBeUndefined()
    jar.take(url('https://a.example/'), ['one=1; Secure'])
    expect(jar.header(url('https://a.example/'))).toBe('one=1')
    expect(jar.header(url('http://a.example/'))).toBeUndefined()
  })

  test.each(['Max-Age=0', 'Max-Age=-5', 'Expires=Thu, 01 Jan 1970 00:00:00 GMT'])('drops a cookie by %s', (expiry) => {
    jar.take(url('http://a.example/'), ['one=1; Path=/p', 'one=2'])
    jar.take(url('http://a.example/'), [`one=; ${expiry}`])
    expect(jar.header(url('http://a.example/p'))).toBe('one=1')
    jar.take(url('http://a.example/'), [`one=; Path=/p; ${expiry}`])
    expect(jar.header(url('http://a.example/p'))).toBeUndefined()
  })

  test('drops no cookie by a deletion that does not mirror its domain', () => {
    jar.take(url('http://a.example/'), ['one=1; Domain=a.example'])
    jar.take(url('http://a.example/'), ['one=; Max-Age=0'])
    expect(jar.header(url('http://a.example/'))).toBe('one=1')
  })

  test('holds names with a prefix to their rules', () => {
    jar.take(url('https://a.example/'), [
      '__Host-a=1; Path=/',
      '__Host-b=1; Secure; Path=/deep',
      '__Host-c=1; Secure; Path=/; Domain=a.example',
      '__Secure-d=1',
      '__Host-e=1; Secure; Path=/',
      '__Secure-f=1; Secure; Domain=a.example',
    ])
    expect(jar.header(url('https://a.example/deep'))).toBe('__Host-e=1; __Secure-f=1')
  })

  test('takes nothing that is too large', () => {
    jar.take(url('http://a.example/'), [`one=${'1'.repeat(4096)}`, `two=2; Path=/${'p'.repeat(1024)}`])
    expect(jar.header(url('http://a.example/'))).toBe('two=2')
  })

  test('is copied as it is at that moment', () => {
    jar.take(url('http://a.example/'), ['one=1'])
    const copy = jar.copy()
    jar.take(url('http://a.example/'), ['one=2'])
    expect([copy.get(url('http://a.example/'), 'one'), jar.get(url('http://a.example/'), 'one')]).toEqual(['1', '2'])
  })
})
