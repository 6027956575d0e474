/** Whatever comes: forms and headers of the demo, IDs and fields of a store, and replies put together at random. */
import fc from 'fast-check'
import { createClient } from 'redis'
import { expect, onTestFinished, test } from 'vitest'
import { RedisSessionStore, SojournError, sessionHandle } from '../../src/index.ts'
import { mintSessionId } from '../../src/session-id.ts'
import { startDemo } from '../demo/demo.ts'
import { exchange } from '../support/http/client.ts'
import { resp, startLyingServer } from '../support/lying-server.ts'
import { startRedis } from '../support/redis/server.ts'
import { CLIENTS, connectOne } from './support/clients.ts'

const PATHS = [
  '/login',
  '/increment',
  '/ttl',
  '/rotate',
  '/work',
  '/logout',
  '/session',
  '/inspect',
  '/devices',
  '/nowhere',
]
const NAMES = [
  'username',
  'ttl',
  'field',
  'value',
  'ms',
  'handle',
  '__proto__',
  'constructor',
  'ttl[]',
  'ttl[__proto__]',
]

test('the demo: no form and no header is a server error, or another visitor', async () => {
  const demo = await startDemo('--engine', 'memory')
  onTestFinished(() => demo.stop())
  const login = await exchange(new URL('/login', demo.origin), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
    body: 'username=the+owner',
  })
  const ticket = (login.cookies[0] as string).split(';')[0] as string
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom('0', '-1', '1e9', '9'.repeat(40), '__proto__', '\0', '%', '%00', '%zz', '../', 'x'.repeat(20_000)),
  )
  const pair = fc.tuple(fc.oneof(fc.constantFrom(...NAMES), text), text)
  const body = fc.oneof(
    text,
    fc.array(pair, { maxLength: 6 }).map((pairs) => pairs.map((each) => each.map(encode).join('=')).join('&')),
  )
  // What an HTTP client can send at all.
  const cookie = fc.oneof(
    fc.constant(ticket),
    fc.stringMatching(/^[\x20-\x7e]{0,60}$/),
    fc.constantFrom('sid=', `sid=${'A'.repeat(43)}`, `${'a=b; '.repeat(1000)}sid=x`, `sid=${'x'.repeat(10_000)}`),
  )
  const request = fc.record({ method: fc.constantFrom('GET', 'POST'), path: fc.constantFrom(...PATHS), body, cookie })
  await fc.assert(
    fc.asyncProperty(request, async ({ method, path, body, cookie }) => {
      const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' }
      const sent = method === 'POST' ? { method, headers, body } : { method, headers }
      const answer = await exchange(new URL(path, demo.origin), sent)
      expect(answer.status).toBeLessThan(500)
      if (!cookie.includes(ticket)) expect(answer.body).not.toContain('the owner')
    }),
    { numRuns: 400 },
  )
  expect((await exchange(new URL('/session', demo.origin))).status).toBe(200)
})

test.each(CLIENTS)(
  'a store: any ID, field and value is kept to the letter, or refused with an error of ours (%s)',
  async (name) => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const client = await connectOne(name, redis.url)
    const store = new RedisSessionStore({ client, commandTimeout: 15_000, indexes: { user_id: true } })
    const observer = await createClient({ url: redis.url }).connect()
    onTestFinished(() => observer.destroy())
    const key = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('__proto__', 'constructor', 'user_id', 'created_at'),
    )
    const value = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.constantFrom('', '\r\n$-1\r\n', '\ud800'))
    const data = fc.array(fc.tuple(key, value), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(
        data,
        fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 43, maxLength: 43 })),
        async (pairs, junk) => {
          const fields = Object.fromEntries(pairs)
          try {
            const id = await store.createSession(fields)
            const stored = (await store.getSession(id)) as Record<string, string>
            for (const [field, text] of Object.entries(fields)) {
              if (field !== 'created_at') expect(Object.getOwnPropertyDescriptor(stored, field)?.value).toBe(text)
            }
            await store.deleteSession(id)
          } catch (error) {
            expect(error).toBeInstanceOf(SojournError)
          }
          expect(await store.getSession(junk)).toBe(null)
          expect(await store.deleteByHandle(sessionHandle(junk), { user_id: '1' })).toBe(false)
        },
      ),
      { numRuns: 200 },
    )
    expect(({} as Record<string, unknown>)['user_id']).toBeUndefined()
    expect((await observer.keys('*')).filter((each) => !each.startsWith('session:index:'))).toEqual([])
  },
)

test.each(CLIENTS)('replies put together at random: a value or an error of ours (%s)', async (name) => {
  const reply = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.constant(null),
      fc.integer(),
      fc.string(),
      fc.constantFrom('session_ttl', '60', 'sojourn:successor', 'A'.repeat(43), '[]', '["a","b"]', '{}'),
      fc.array(tie('any'), { maxLength: 7 }),
    ),
  })).any
  let replies: string[] = []
  const server = await startLyingServer((_command, nth) => replies[nth % replies.length] as string)
  onTestFinished(() => server.stop())
  const client = await connectOne(name, server.url, name === 'ioredis' ? { protocol: 2 } : { RESP: 2 })
  const options = { client, commandTimeout: 5000, failFastAfter: null, indexes: { user_id: true } } as const
  const store = new RedisSessionStore(options)
  const calls = [
    () => store.createSession({ a: '1' }),
    () => store.getSession(mintSessionId()),
    () => store.updateSession(mintSessionId(), { a: '1' }),
    () => store.incrementField(mintSessionId(), 'n'),
    () => store.getTtl(mintSessionId()),
    () => store.deleteSession(mintSessionId()),
    () => store.loginEpoch({ user_id: '1' }),
  ]
  await fc.assert(
    fc.asyncProperty(fc.array(reply, { minLength: 1, maxLength: 4 }), async (values) => {
      replies = values.map(resp)
      for (const call of calls) {
        const failure = await call().then(
          () => null,
          (error: unknown) => error,
        )
        if (failure !== null) expect(failure).toBeInstanceOf(SojournError)
      }
    }),
    { numRuns: 300, examples: [[[-5]], [[-3]]] },
  )
})

/** As a form does, but for what cannot be written so. */
function encode(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : text
}
