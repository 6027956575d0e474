import { describe, expect, test } from 'vitest'
import { InvalidArgumentError } from '../errors.ts'
import { MemorySessionStore } from '../memory/store.ts'
import { SessionManager, type SessionsOptions } from './manager.ts'
import type { RequestFacts } from './request-facts.ts'

const store = new MemorySessionStore()

function facts(cookie?: string): RequestFacts {
  return { request: null, method: 'GET', header: (name) => (name === 'cookie' ? cookie : undefined) }
}

describe('options', () => {
  const malformed: unknown[] = [
    undefined,
    null,
    {},
    { store: null },
    { store: {} },
    { store, cookies: {} },
    { store, cookie: null },
    { store, cookie: { name: '__Host-a', path: '/b' } },
    { store, fields: 'text' },
    { store, checkOrigin: 'yes' },
    { store, trustedOrigins: 'https://example.com' },
    { store, trustedOrigins: ['example.com'] },
    { store, lazy: 1 },
    { store, clearSiteData: '*' },
    { store, clearSiteData: ['"cache"'] },
    { store, clearSiteData: ['cache\r\nX: y'] },
    { store, onEvent: 'log' },
    { store, onUnavailable: 'ignore' },
  ]
  test.each(malformed)('%j is refused at construction', (options) => {
    expect(() => new SessionManager(options as SessionsOptions)).toThrow(InvalidArgumentError)
  })

  test('that are undefined are absent', () => {
    const absent = { cookie: undefined, fields: undefined, checkOrigin: undefined, trustedOrigins: undefined }
    expect(() => new SessionManager({ store, ...absent, lazy: undefined, clearSiteData: undefined })).not.toThrow()
  })
})

test('V7.6.2 of 100,000 anonymous requests none asks the store, and none sets a header', () => {
  const asked = new Proxy(store, {
    get(target, name) {
      if (name === 'ttl' || name === 'readSession') return Reflect.get(target, name, target)
      throw new Error(`the store was asked for ${String(name)}`)
    },
  })
  const manager = new SessionManager({ store: asked })
  let headers = 0
  const sink = { get: () => undefined, set: () => void headers++, addCookie: () => void headers++ }
  for (let i = 0; i < 100_000; i++) {
    const open = manager.begin(facts(i % 2 === 0 ? undefined : `other=${i}; sid=malformed`))
    if (!open.isReady || !open.isSettled) throw new Error('an anonymous request would wait')
    open.writeHeaders(sink)
  }
  expect(headers).toBe(0)
})
