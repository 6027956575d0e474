import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidArgumentError } from '../errors.ts'
import { type CookieOptions, SessionCookie } from './cookie.ts'

const ID = `${'A'.repeat(42)}A`

describe('reading', () => {
  const cookie = new SessionCookie()

  /** What RFC 6265bis §5.8.3 leaves of a header, read slowly: pairs at `;`, and the one value under our name. */
  function readSlowly(header: string): string | null {
    const values = header
      .split(';')
      .map((pair) => pair.replace(/^[ \t]+|[ \t]+$/g, ''))
      .filter((pair) => pair.startsWith('sid='))
      .map((pair) => pair.slice('sid='.length))
    return values.length === 1 ? (values[0] as string) : null
  }

  test('V15.3.5 10,000 fuzzed headers: never a throw, and what a slow reader reads', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'sid',
        'sid=',
        '=',
        ';',
        ' ',
        '\t',
        'sid=x',
        `sid=${ID}`,
        '; ',
        'SID=',
        '__Host-sid=',
        '"',
        ',',
        '%',
        '\0',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    )
    const header = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(header, (text) => cookie.read(text) === readSlowly(text)),
      { numRuns: 10_000 },
    )
  })

  test('V15.3.5 a header of 64 KB or with 1,000 pairs takes linear time', () => {
    const pairs = Array.from({ length: 1000 }, (_, i) => `n${i}=v${i}`)
    expect(cookie.read([...pairs, `sid=${ID}`].join('; '))).toBe(ID)
    const costly = ['sid=', ' ', ';', '; ', '=', 'sid', 'x', 'sid=x;', 'a=b; '].map((unit) =>
      unit.repeat(65_536 / unit.length).slice(0, 16_384),
    )
    const begun = performance.now()
    for (let i = 0; i < 100; i++) for (const header of costly) cookie.read(header)
    expect(performance.now() - begun).toBeLessThan(3000)
  })

  test('V15.3.5 a header that is too long to be looked at whole has no ticket in it', () => {
    const padding = `a=${'x'.repeat(65_536)}`
    expect(cookie.read(`sid=${ID}; ${padding}`)).toBe(null)
    expect(cookie.read(`${padding}; sid=${ID}`)).toBe(null)
    expect(cookie.read(`sid=${ID}; a=${'x'.repeat(16_000)}`)).toBe(ID)
  })

  test.each([
    [undefined, null],
    ['', null],
    [`sid=${ID}`, ID],
    [`  sid=${ID}\t`, ID],
    [`a=1;sid=${ID};b=2`, ID],
    ['sid=', ''],
    [`sid=${ID}=`, `${ID}=`],
    [`sid=${ID}, sid=other`, `${ID}, sid=other`],
  ])('%j', (header, value) => expect(cookie.read(header)).toBe(value))

  test.each([
    `SID=${ID}`,
    `Sid=${ID}`,
    `%73id=${ID}`,
    `=sid=${ID}`,
    `sid =${ID}`,
    `xsid=${ID}`,
    `sidx=${ID}`,
    `"sid"=${ID}`,
    `sid`,
    `$Path=/; sid : ${ID}`,
  ])('CVE-2020-8184 CVE-2023-23934 another name is another cookie: %j', (header) => {
    expect(cookie.read(header)).toBe(null)
  })

  test.each(['__host-sid', '%5F_Host-sid', '_Host-sid', '=__Host-sid', '__HOST-sid', ' __Host-sid '])(
    'CVE-2020-8184 %j is not __Host-sid',
    (name) => {
      expect(new SessionCookie({ name: '__Host-sid' }).read(`${name}=${ID}`)).toBe(null)
    },
  )

  test('RFC 6265bis two values under our name: none is used', () => {
    expect(cookie.read(`sid=${ID}; sid=${ID}`)).toBe(null)
    expect(cookie.read(`sid=${ID}; a=b; sid=`)).toBe(null)
    expect(cookie.read(`sid=; sid=${ID}; sid=${ID}`)).toBe(null)
  })
})

describe('writing', () => {
  test('V3.3.1 V3.3.2 V3.3.4 defaults: host-only, Path=/, HttpOnly, Secure, SameSite=Lax, until the browser closes', () => {
    expect(new SessionCookie().issue(ID, 60)).toBe(`sid=${ID}; Path=/; HttpOnly; Secure; SameSite=Lax`)
  })

  test('every attribute', () => {
    const cookie = new SessionCookie({
      name: '__Secure-id',
      path: '/app',
      domain: 'example.com',
      httpOnly: false,
      sameSite: 'none',
      partitioned: true,
      maxAge: 90,
    })
    const attributes = 'Path=/app; Domain=example.com; Secure; SameSite=None; Partitioned'
    expect(cookie.issue(ID, 60)).toBe(`__Secure-id=${ID}; Max-Age=90; ${attributes}`)
    expect(cookie.withdraw()).toBe(`__Secure-id=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; ${attributes}`)
  })

  test('a maxAge of ttl follows the TTL', () => {
    const cookie = new SessionCookie({ maxAge: 'ttl', sameSite: 'strict', secure: false })
    expect(cookie.issue(ID, 60)).toBe(`sid=${ID}; Max-Age=60; Path=/; HttpOnly; SameSite=Strict`)
    expect([cookie.followsTtl, new SessionCookie({ maxAge: 5 }).followsTtl]).toEqual([true, false])
  })
})

describe('options', () => {
  const accepts: CookieOptions[] = [
    {},
    { name: '__Host-sid' },
    { name: '__Secure-sid', path: '/a', domain: 'example.com' },
    { name: '__HOST-sid' },
    { name: 'a'.repeat(256) },
    { name: "!#$%&'*+-.^_`|~09azAZ" },
    { domain: '.example.com' },
    { domain: 'localhost' },
    { path: '/with space/~tilde' },
    { path: `/${'a'.repeat(1023)}` },
    { secure: false, sameSite: 'strict' },
    { sameSite: 'none', partitioned: true },
    { maxAge: 1 },
    { maxAge: 8_000_000_000_000 },
    { name: undefined, path: undefined, domain: undefined, maxAge: undefined },
  ]
  test.each(accepts)('%j', (options) => {
    expect(new SessionCookie(options).issue(ID, 60)).toContain(ID)
  })

  const contradictions: CookieOptions[] = [
    { name: '__Host-sid', secure: false },
    { name: '__Host-sid', path: '/app' },
    { name: '__Host-sid', domain: 'example.com' },
    { name: '__host-sid', domain: 'example.com' },
    { name: '__Secure-sid', secure: false },
    { name: '__secure-sid', secure: false },
    { sameSite: 'none', secure: false },
    { partitioned: true, secure: false },
  ]
  test.each(contradictions)('V3.3.3 contradict each other: %j', (options) => {
    expect(() => new SessionCookie(options)).toThrow(InvalidArgumentError)
  })

  const malformed: unknown[] = [
    { name: '' },
    { name: 'si d' },
    { name: 'sid=' },
    { name: 'sid;' },
    { name: 'sid\r\nSet-Cookie: a' },
    { name: 'sïd' },
    { name: 'a'.repeat(257) },
    { name: 7 },
    { path: 'app' },
    { path: '' },
    { path: '/a;b' },
    { path: '/a\r\nX: y' },
    { path: '/ü' },
    { path: `/${'a'.repeat(1024)}` },
    { domain: '' },
    { domain: 'exa mple.com' },
    { domain: 'example.com; Secure' },
    { domain: 'example.com\n' },
    { domain: '-' + '.'.repeat(2) },
    { domain: 'a'.repeat(1025) },
    { secure: 'yes' },
    { httpOnly: 1 },
    { partitioned: null },
    { sameSite: 'Lax' },
    { sameSite: true },
    { sameSite: 'toString' },
    { maxAge: 0 },
    { maxAge: -1 },
    { maxAge: 1.5 },
    { maxAge: '60' },
    { maxAge: Number.POSITIVE_INFINITY },
    { samesite: 'lax' },
    { expires: new Date(0) },
    null,
    'sid',
  ]
  test.each(malformed)('V1.2.1 are refused: %j', (options) => {
    expect(() => new SessionCookie(options as CookieOptions)).toThrow(InvalidArgumentError)
  })

  test('V1.2.1 name, value and attributes fit what browsers keep', () => {
    const largest = new SessionCookie({ name: 'n'.repeat(256), path: `/${'p'.repeat(1023)}`, domain: 'd'.repeat(1024) })
    const [pair = '', ...attributes] = largest.issue(ID, 60).split('; ')
    expect(pair.length).toBeLessThanOrEqual(4096)
    for (const attribute of attributes) expect(attribute.split('=')[1]?.length ?? 0).toBeLessThanOrEqual(1024)
  })
})
