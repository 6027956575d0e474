import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import fastifyApp, { type FastifyInstance } from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { sessions } from '../../src/adapters/fastify.ts'
import { InvalidArgumentError, MemorySessionStore, StoreUnavailableError } from '../../src/index.ts'
import { gate } from '../support/http/gate.ts'
import { fastify } from './adapters/fastify.ts'
import { type Probe, probe } from './probe.ts'
import { describeAdapter } from './scenarios.ts'

describeAdapter(fastify)

async function application(mount: (app: FastifyInstance, probed: Probe) => unknown, options: object = {}) {
  const probed = probe(new MemorySessionStore())
  const app = fastifyApp()
  onTestFinished(() => app.close())
  await app.register(sessions, { store: probed.store, cookie: { secure: false }, ...options })
  await mount(app, probed)
  return { app, probe: probed }
}

const cookieOf = (response: { headers: Record<string, unknown> }) =>
  String(response.headers['set-cookie']).split(';')[0]

test('the plugin serves the instance that registers it and its children, and nobody else', async () => {
  const app = fastifyApp()
  onTestFinished(() => app.close())
  await app.register(async (inside) => {
    await inside.register(sessions, { store: new MemorySessionStore(), cookie: { secure: false } })
    await inside.register(async (child) => child.get('/child', async (request) => ({ isNew: request.session.isNew })))
    inside.get('/inside', async (request) => ({ isNew: request.session.isNew }))
  })
  app.get('/outside', async (request) => ({ session: request.session === undefined }))
  expect((await app.inject('/inside')).json()).toEqual({ isNew: true })
  expect((await app.inject('/child')).json()).toEqual({ isNew: true })
  expect((await app.inject('/outside')).json()).toEqual({ session: true })
})

test('the session is there in the hooks after onRequest, and under another name where that is wanted', async () => {
  const { app } = await application(
    (app) => {
      app.addHook(
        'preHandler',
        async (request) =>
          void (request as never as { visit: { set(a: string, b: string): void } }).visit.set('seen', 'yes'),
      )
      app.get('/', async (request) => ({
        seen: (request as never as { visit: { get(a: string): string } }).visit.get('seen'),
      }))
    },
    { property: 'visit' },
  )
  const response = await app.inject('/')
  expect([response.json(), response.headers['set-cookie']]).toEqual([{ seen: 'yes' }, expect.stringContaining('sid=')])
})

test('two managers under one name are refused', async () => {
  const { app } = await application(() => {})
  await expect(app.register(sessions, { store: new MemorySessionStore() })).rejects.toThrow('session')
})

test('what a later onSend hook changes is saved', async () => {
  const { app, probe } = await application((app) => {
    app.addHook('onSend', async (request) => void request.session.set('late', 'yes'))
    app.post('/', async (request) => {
      if (request.session.isNew) request.session.set('begun', 'yes')
      return 'ok'
    })
  })
  const first = await app.inject({ method: 'POST', url: '/' })
  const id = cookieOf(first)?.split('=')[1] as string
  expect((await app.inject({ method: 'POST', url: '/', headers: { cookie: `sid=${id}` } })).statusCode).toBe(200)
  expect({ ...(await probe.store.getSession(id)) }).toMatchObject({ begun: 'yes', late: 'yes' })
})

test('an error after the commit still carries the cookie', async () => {
  const { app } = await application((app) => {
    app.addHook('onSend', async (request) => {
      if (request.session.get('a') === '1') throw new Error('a hook failed')
    })
    app.get('/', async (request) => {
      request.session.set('a', '1')
      return 'ok'
    })
  })
  const response = await app.inject('/')
  expect([response.statusCode, cookieOf(response)?.startsWith('sid=')]).toEqual([500, true])
})

test('a failed commit closes the stream that was to be sent', async () => {
  const file = createReadStream(new URL(import.meta.url))
  const { app, probe } = await application((app) =>
    app.get('/', (request, reply) => {
      request.session.set('a', '1')
      return reply.send(file)
    }),
  )
  probe.fail('createSession')
  expect((await app.inject('/')).statusCode).toBe(503)
  if (!file.closed) await once(file, 'close')
  expect(file.destroyed).toBe(true)
})

test.each<[name: string, payload: (stream: ReadableStream) => unknown]>([
  ['web stream', (stream) => stream],
  ["Response's body", (stream) => new Response(stream)],
])('a failed commit cancels the %s that was to be sent', async (_, payload) => {
  const cancelled = gate()
  const { app, probe } = await application((app) =>
    app.get('/', (request, reply) => {
      request.session.set('a', '1')
      return reply.send(payload(new ReadableStream({ cancel: cancelled.open })))
    }),
  )
  probe.fail('createSession')
  expect((await app.inject('/')).statusCode).toBe(503)
  await cancelled.opened
})

test('a web stream that is read by somebody else does not hide the failed commit', async () => {
  const { app, probe } = await application((app) => {
    app.addHook('onSend', async (_request, _reply, payload) => void (payload as ReadableStream).getReader())
    app.get('/', (request, reply) => {
      request.session.set('a', '1')
      return reply.send(new ReadableStream())
    })
  })
  probe.fail('createSession')
  expect((await app.inject('/')).statusCode).toBe(503)
})

describe.each<[name: string, mount: (app: FastifyInstance) => unknown]>([
  ['Fastify itself', () => {}],
  [
    "the application's error handler",
    (app) => app.setErrorHandler((_error, _request, reply) => reply.code(404).send('failed')),
  ],
])('an error of the handler that %s answers', (_, mount) => {
  test('with its own status and headers gives way to a failed commit', async () => {
    const { app, probe } = await application((app) => {
      mount(app)
      app.get('/', async (request) => {
        request.session.set('a', '1')
        throw Object.assign(new Error('no'), { statusCode: 404, headers: { 'Content-Language': 'en' } })
      })
    })
    expect((await app.inject('/')).statusCode).toBe(404)
    probe.fail('createSession', new StoreUnavailableError('Redis failed: for a test', { retryAfter: 7 }))
    const { statusCode, headers, body } = await app.inject('/')
    expect([statusCode, body]).toEqual([503, expect.stringContaining('SOJOURN_SESSION_UNAVAILABLE')])
    expect(headers).toMatchObject({ 'retry-after': '7', 'cache-control': 'no-store' })
    expect([headers['content-language'], headers['set-cookie']]).toEqual([undefined, undefined])
  })
})

test('a failed commit of a hijacked reply says when to try again', async () => {
  const { app, probe } = await application((app) =>
    app.get('/', (request, reply) => {
      request.session.set('a', '1')
      reply.hijack()
      reply.raw.end('answered')
    }),
  )
  probe.fail('createSession', new StoreUnavailableError('Redis failed: for a test', { retryAfter: 7 }))
  const { statusCode, headers, body } = await app.inject('/')
  expect([statusCode, body]).toEqual([503, ''])
  expect(headers).toMatchObject({ 'retry-after': '7', 'cache-control': 'no-store' })
})

test('without an error handler, Fastify answers a failed commit by itself', async () => {
  const { app, probe } = await application((app) => {
    app.get('/', async (request) => {
      request.session.set('a', '1')
      return Readable.from(['body'])
    })
  })
  probe.fail('createSession')
  const response = await app.inject('/')
  expect([response.statusCode, response.headers['set-cookie'], response.json()]).toEqual([
    503,
    undefined,
    { statusCode: 503, code: 'SOJOURN_SESSION_UNAVAILABLE', error: 'Service Unavailable', message: expect.any(String) },
  ])
})

describe('options', () => {
  test.each([{}, { property: '' }, { skip: 'no' }, { cookies: {} }])(
    '%j is refused when the application starts',
    async (options) => {
      const app = fastifyApp()
      const store =
        'cookies' in options || 'property' in options || 'skip' in options ? new MemorySessionStore() : undefined
      await expect(app.register(sessions, { store, ...options } as never)).rejects.toThrow(InvalidArgumentError)
    },
  )
})
