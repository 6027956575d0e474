import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import Koa from 'koa'
import { describe, expect, test } from 'vitest'
import { sessions } from '../../src/adapters/koa.ts'
import { InvalidArgumentError, MemorySessionStore } from '../../src/index.ts'
import { Browser } from '../support/http/browser.ts'
import { gate } from '../support/http/gate.ts'
import { koa } from './adapters/koa.ts'
import { probe } from './probe.ts'
import { describeAdapter } from './scenarios.ts'
import { listen } from './site.ts'

describeAdapter(koa)

async function serve(...middleware: Koa.Middleware[]) {
  const probed = probe(new MemorySessionStore())
  const app = new Koa()
  const errors: unknown[] = []
  app.on('error', (error) => errors.push(error))
  app.use(sessions({ store: probed.store, cookie: { secure: false } }))
  for (const each of middleware) app.use(each)
  const visitor = new Browser(`http://127.0.0.1:${await listen(createServer(app.callback()))}`)
  return { visitor, probe: probed, errors }
}

test('a handler that writes to the native response is held as well', async () => {
  const { visitor, probe, errors } = await serve(
    async (ctx, next) => {
      if (ctx.path === '/bypass') ctx.respond = false
      await next()
    },
    (ctx) => {
      ctx.session.set('a', '1')
      ctx.res.writeHead(201, { 'X-Native': 'yes' })
      ctx.res.write('one')
      ctx.res.end('two')
    },
  )
  for (const path of ['/bypass', '/']) {
    const { status, headers, body, cookies } = await new Browser(visitor.origin).get(path)
    expect([status, headers['x-native'], body, cookies.length]).toEqual([201, 'yes', 'onetwo', 1])
  }
  probe.fail('createSession')
  const failed = await visitor.get('/bypass')
  expect([failed.status, failed.cookies]).toEqual([503, []])
  expect(errors.length).toBeGreaterThan(0)
})

test('what the middleware above adds to the response is kept', async () => {
  const store = new MemorySessionStore()
  const app = new Koa()
  app.use(async (ctx, next) => {
    await next()
    ctx.vary('Accept')
    ctx.set('X-Above', 'yes')
    ctx.cookies.set('theme', 'dark')
  })
  app.use(sessions({ store, cookie: { secure: false } }))
  app.use((ctx) => {
    ctx.session.set('a', '1')
    ctx.body = { a: 1 }
  })
  const visitor = new Browser(`http://127.0.0.1:${await listen(createServer(app.callback()))}`)
  const { headers, cookies } = await visitor.get('/')
  expect([headers.vary, headers['x-above'], cookies.length]).toEqual(['Accept, Cookie', 'yes', 2])
})

test('an error that Koa answers by itself, without any header of the handler, still carries the cookie', async () => {
  const { visitor, errors } = await serve(async (ctx) => {
    ctx.set('X-Handler', 'yes')
    ctx.session.set('a', '1')
    await ctx.session.rotate()
    ctx.throw(418, 'short and stout')
  })
  const { status, body, headers, cookies } = await visitor.get('/')
  expect([status, body, headers['x-handler'], cookies.length]).toEqual([418, 'short and stout', undefined, 1])
  expect(headers['cache-control']).toBe('no-store')
  expect(errors).toHaveLength(1)
})

test('a failed commit is told to a handler that waits for each of its writes, and answered', async () => {
  const told = gate()
  const { visitor, probe, errors } = await serve(async (ctx) => {
    ctx.session.set('a', '1')
    await new Promise<void>((done, failed) =>
      ctx.res.write('row', (error) => (error ? failed(error) : done())),
    ).finally(told.open)
  })
  probe.fail('createSession')
  const { status, body } = await visitor.get('/')
  expect([status, body]).toEqual([503, 'the session is not available at the moment'])
  await told.opened
  expect(errors[0]).toMatchObject({ code: 'SOJOURN_SESSION_UNAVAILABLE' })
})

test('a failed commit closes the stream that was to be sent', async () => {
  const file = createReadStream(new URL(import.meta.url))
  const { visitor, probe } = await serve((ctx) => {
    ctx.session.set('a', '1')
    ctx.body = file
  })
  probe.fail('createSession')
  expect((await visitor.get('/')).status).toBe(503)
  if (!file.closed) await once(file, 'close')
  expect(file.destroyed).toBe(true)
})

test('mounted twice, the same middleware serves once', async () => {
  const probed = probe(new MemorySessionStore())
  const middleware = sessions({ store: probed.store, cookie: { secure: false } })
  const app = new Koa().use(middleware).use(middleware)
  app.use(async (ctx) => {
    ctx.body = { sum: await ctx.session.increment('visits') }
  })
  const visitor = new Browser(`http://127.0.0.1:${await listen(createServer(app.callback()))}`)
  expect((await visitor.get('/')).cookies).toHaveLength(1)
  expect((await visitor.get('/')).json()).toEqual({ sum: 2 })
})

test('a second manager does not pass its requests on with the session of the first', async () => {
  const store = new MemorySessionStore()
  const { visitor, errors } = await serve(
    sessions({ store, property: 'other', cookie: { name: 'other', secure: false } }),
    (ctx, next) => (ctx.path === '/admin' ? admins(ctx as never, next) : next()),
    (ctx) => {
      ctx.session.set('role', 'admin')
      ctx.body = 'ok'
    },
  )
  const admins = sessions({ store, cookie: { name: 'admin', secure: false } })
  expect((await visitor.get('/')).status).toBe(200)
  expect((await visitor.get('/admin')).status).toBe(500)
  expect(errors).toMatchObject([
    { code: 'SOJOURN_INVALID_ARGUMENT', message: expect.stringMatching(/property "session" .*another property/) },
  ])
})

describe('options', () => {
  const store = new MemorySessionStore()
  test.each([{ property: '' }, { skip: 'no' }, { cookies: {} }])('%j is refused', (options) => {
    expect(() => sessions({ store, ...options } as never)).toThrow(InvalidArgumentError)
  })
})
