import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { describe, expect, test } from 'vitest'
import { type SessionEnv, sessions } from '../../src/adapters/hono.ts'
import { InvalidArgumentError, MemorySessionStore } from '../../src/index.ts'
import { hono } from './adapters/hono.ts'
import { probe } from './probe.ts'
import { describeAdapter } from './scenarios.ts'

describeAdapter(hono)

/** An application that needs no server. */
function application() {
  const probed = probe(new MemorySessionStore())
  const app = new Hono<SessionEnv>()
  app.use(async (c, next) => {
    c.header('X-Above', 'yes')
    await next()
  })
  app.use(sessions({ store: probed.store }))
  return { app, probe: probed }
}

test.each<[name: string, answer: () => Response | Promise<Response>]>([
  ['a redirect', () => Response.redirect('https://example.com/next', 302)],
  ['a response from elsewhere', () => fetch('data:text/plain,elsewhere')],
])('a response whose headers cannot be changed gets the cookie all the same: %s', async (_, answer) => {
  const { app } = application()
  app.get('/', (c) => {
    c.var.session.set('a', '1')
    return answer()
  })
  const response = await app.request('/')
  expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^sid=[\w-]{43};/)])
})

test.each([
  ['without content', new Response(null, { status: 204 })],
  ['that redirects', new Response(null, { status: 302, headers: { location: '/' } })],
  ['of a handler that has answered by itself', RESPONSE_ALREADY_SENT],
])(
  'a response %s that is returned to everybody has the cookie of a visitor for that visitor only',
  async (_, shared) => {
    const { app } = application()
    app.post('/login', async (c) => {
      await c.var.session.rotate({ authenticated: true, data: { username: 'andrew' } })
      return shared
    })
    app.get('/ping', () => shared)
    const login = await app.request('/login', { method: 'POST' })
    expect([login.status, login.headers.getSetCookie().length]).toEqual([shared.status, 1])
    const ping = await app.request('/ping')
    expect([ping.headers.getSetCookie(), ping.headers.get('cache-control')]).toEqual([[], null])
  },
)

test('a response to a request that only reads is not copied', async () => {
  const { app } = application()
  const response = new Response('plain')
  app.get('/', (c) => {
    c.var.session.get('name')
    return response
  })
  const answer = await app.request('/')
  expect([answer === response, answer.headers.get('vary')]).toEqual([true, 'Cookie'])
})

describe.each([
  ['c.json', (c: { json(value: unknown, status: 503): Response }) => c.json('failed', 503)],
  ['a Response', () => new Response('failed', { status: 503, headers: { 'X-Own': 'yes' } })],
] as const)('an error handler that answers with %s', (_, answer) => {
  test('has the cookie of a rotation that succeeded, and not the content of the answer that failed', async () => {
    const { app, probe } = application()
    app.post('/begin', async (c) => {
      await c.var.session.increment('visits')
      return c.body(null, 204)
    })
    app.post('/', async (c) => {
      await c.var.session.rotate()
      c.var.session.set('a', '1')
      return c.json('saved', 201, { Location: '/new', 'Content-Language': 'en' })
    })
    app.onError((_error, c) => answer(c as never))
    const begun = await app.request('/begin', { method: 'POST' })
    const cookie = begun.headers.getSetCookie()[0]?.split(';')[0] as string
    probe.fail('updateSession')
    const response = await app.request('/', { method: 'POST', headers: { cookie } })
    expect([response.status, response.headers.get('location'), response.headers.get('content-language')]).toEqual([
      503,
      null,
      null,
    ])
    expect(response.headers.getSetCookie()).toHaveLength(1)
    expect(response.headers.getSetCookie()[0]).not.toContain(cookie)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('x-above')).toBe('yes')
    expect(await response.text()).toContain('failed')
  })
})

test("an HTTPException is answered as Hono answers it, with the session's cookie", async () => {
  const { app } = application()
  app.get('/', (c) => {
    c.var.session.set('a', '1')
    throw new HTTPException(418, { message: 'short and stout' })
  })
  const response = await app.request('/')
  expect([response.status, await response.text()]).toEqual([418, 'short and stout'])
  expect(response.headers.getSetCookie()).toHaveLength(1)
})

describe('what an error handler changes', () => {
  const apologising = () => {
    const { app, probe } = application()
    const seen: unknown[] = []
    app.onError((error, c) => {
      seen.push(error.message)
      try {
        c.var.session.flash('notice', 'sorry')
      } catch (refusal) {
        seen.push((refusal as { code: string }).code)
      }
      return c.body(null, 500)
    })
    return { app, probe, seen }
  }

  test('after an error of the handler is saved', async () => {
    const { app, probe, seen } = apologising()
    app.get('/', () => {
      throw new Error('out of paper')
    })
    const cookie = (await app.request('/')).headers.getSetCookie()[0]
    const id = cookie?.split(';')[0]?.split('=')[1] as string
    expect([seen, (await probe.store.getSession(id))?.['flash:notice']]).toEqual([['out of paper'], 'sorry'])
  })

  test('after a save that failed, of a session that is not stored yet, is refused', async () => {
    const { app, probe, seen } = apologising()
    app.get('/', (c) => {
      c.var.session.set('a', '1')
      return c.body(null, 204)
    })
    probe.fail('createSession')
    const response = await app.request('/')
    expect([response.status, response.headers.getSetCookie()]).toEqual([500, []])
    expect(seen).toEqual([expect.stringContaining('not available'), 'SOJOURN_RESPONSE_STARTED'])
  })
})

describe('mounted twice', () => {
  test('the same middleware serves once', async () => {
    const { store, calls } = probe(new MemorySessionStore())
    const middleware = sessions({ store })
    const app = new Hono<SessionEnv>()
    app.use(middleware, async (c, next) => {
      c.var.session.set('above', 'yes')
      await next()
      c.var.session.set('after', 'yes')
    })
    app.post('/login', middleware, async (c) => {
      await c.var.session.rotate({ authenticated: true, data: { username: 'andrew' } })
      return c.body(null, 204)
    })
    app.get('/', middleware, (c) => c.json(Object.fromEntries(c.var.session.entries())))
    const login = await app.request('/login', { method: 'POST' })
    expect(login.headers.getSetCookie()).toHaveLength(1)
    calls()
    const cookie = login.headers.getSetCookie()[0]?.split(';')[0] as string
    const page = await app.request('/', { headers: { cookie } })
    expect(await page.json()).toMatchObject({ above: 'yes', after: 'yes', username: 'andrew' })
    expect(calls().map(([method]) => method)).toEqual(['readSession', 'updateSession'])
  })

  test('two under one name are an error that says what to do', async () => {
    const { app } = application()
    app.use('/admin', sessions({ store: new MemorySessionStore(), cookie: { name: 'admin' } }))
    app.get('*', (c) => c.body(null, 204))
    const errors: unknown[] = []
    app.onError((error, c) => {
      errors.push(error)
      return c.body(null, 500)
    })
    expect([(await app.request('/')).status, (await app.request('/admin')).status]).toEqual([204, 500])
    expect(errors).toEqual([expect.any(InvalidArgumentError)])
    expect(String(errors[0])).toMatch(/"session".*another property/)
  })

  test('a name under which the application had something else is taken over', async () => {
    const app = new Hono<SessionEnv>()
    app.use(async (c, next) => {
      c.set('session', 'something else' as never)
      await next()
    })
    app.use(sessions({ store: new MemorySessionStore() }))
    app.get('/', (c) => c.json(c.var.session.isNew))
    expect(await (await app.request('/')).json()).toBe(true)
  })
})

describe('options', () => {
  const store = new MemorySessionStore()
  test.each([{ property: '' }, { skip: 'no' }, { cookies: {} }])('%j is refused', (options) => {
    expect(() => sessions({ store, ...options } as never)).toThrow(InvalidArgumentError)
  })
})
