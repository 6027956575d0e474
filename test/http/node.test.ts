import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect, createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type NodeSessionsOptions, sessions } from '../../src/adapters/node.ts'
import { MemorySessionStore, type Session, type SessionStore } from '../../src/index.ts'
import { Browser } from '../support/http/browser.ts'
import { gate } from '../support/http/gate.ts'
import { tls } from '../support/http/tls.ts'
import { node } from './adapters/node.ts'
import { type Probe, probe } from './probe.ts'
import { describeAdapter } from './scenarios.ts'
import { listen } from './site.ts'

describeAdapter(node)

type Handler = (request: IncomingMessage, response: ServerResponse, session: Session) => unknown

/** Serves one handler; each request changes the session first, unless it goes to `/clean`. */
async function serve(handler: Handler, options: Partial<NodeSessionsOptions> = {}) {
  const probed: Probe = probe(new MemorySessionStore())
  const withSession = sessions({ store: probed.store, cookie: { secure: false }, ...options })
  const listener = withSession((request, response, session) => {
    if (request.url !== '/clean') session.set('touched', 'yes')
    return handler(request, response, session)
  })
  const visitor = new Browser(`http://127.0.0.1:${await listen(createServer(listener))}`)
  return { visitor, probe: probed }
}

describe.each(['/clean', '/changed'])('a native response to %s', (path) => {
  test.each<[name: string, handler: Handler]>([
    ['an object', (_, response) => response.writeHead(201, { 'X-One': '1', 'X-Two': ['2', '3'] }).end('body')],
    [
      'a reason and an object',
      (_, response) => response.writeHead(201, 'Made', { 'X-One': '1', 'X-Two': ['2', '3'] }).end('body'),
    ],
    [
      'null and an object',
      (_, response) => response.writeHead(201, null as never, { 'X-One': '1', 'X-Two': ['2', '3'] }).end('body'),
    ],
    [
      'undefined and an object',
      (_, response) => response.writeHead(201, undefined, { 'X-One': '1', 'X-Two': ['2', '3'] }).end('body'),
    ],
    ['a flat list', (_, response) => response.writeHead(201, ['X-One', '1', 'X-Two', '2', 'X-Two', '3']).end('body')],
    [
      'a list of pairs',
      (_, response) =>
        response
          .writeHead(201, [
            ['X-One', '1'],
            ['X-Two', '2'],
            ['X-Two', '3'],
          ] as never)
          .end('body'),
    ],
    [
      'nothing',
      (_, response) => response.setHeader('X-One', '1').setHeader('X-Two', ['2', '3']).writeHead(201).end('body'),
    ],
  ])('has the head that writeHead was given: %s', async (_, handler) => {
    const { visitor } = await serve(handler)
    const { status, headers, body, cookies } = await visitor.get(path)
    expect([status, headers['x-one'], headers['x-two'], body]).toEqual([201, '1', '2, 3', 'body'])
    expect(cookies).toHaveLength(path === '/clean' ? 0 : 1)
  })

  test('has its pieces in order, and calls back when they are written', async () => {
    const done: string[] = []
    const { visitor } = await serve((_, response) => {
      response.flushHeaders()
      response.write('one,', () => done.push('one'))
      response.write(Buffer.from('two,'), () => done.push('two'))
      response.write('dHJvaXMs', 'base64', () => done.push('three'))
      response.end('end', () => done.push('end'))
    })
    expect((await visitor.get(path)).body).toBe('one,two,trois,end')
    expect(done).toEqual(['one', 'two', 'three', 'end'])
  })

  test('drains, for a handler that heeds backpressure', async () => {
    const { visitor } = await serve(async (_, response) => {
      for (let i = 0; i < 20; i++) if (!response.write('x'.repeat(50_000))) await once(response, 'drain')
      response.end()
    })
    expect((await visitor.get(path)).body.length).toBe(1_000_000)
  })

  test('refuses to be answered twice, as Node does', async () => {
    const codes: unknown[] = []
    const attempt = (work: () => unknown) => {
      try {
        work()
      } catch (error) {
        codes.push((error as { code: string }).code)
      }
    }
    const { visitor } = await serve((_, response) => {
      response.writeHead(200, { 'Content-Length': '5' }).end('first')
      attempt(() => response.writeHead(500))
      attempt(() => response.setHeader('X-Late', 'yes'))
      attempt(() => response.removeHeader('Content-Length'))
      codes.push(response.headersSent, response.writableEnded)
      response.statusCode = 500
    })
    const { status, headers, body } = await visitor.get(path)
    expect([status, headers['x-late'], headers['content-length'], body]).toEqual([200, undefined, '5', 'first'])
    expect(codes).toEqual(['ERR_HTTP_HEADERS_SENT', 'ERR_HTTP_HEADERS_SENT', 'ERR_HTTP_HEADERS_SENT', true, true])
  })

  test.each<[how: string, onError: NodeSessionsOptions['onError']]>([
    ['by default', undefined],
    ['by an onError that destroys what has begun', (_error, _request, response) => void response.destroy()],
    ['by an onError that destroys the connection', (_error, request) => void request.socket.destroy()],
  ])('that is complete reaches the client, whatever error follows: %s', async (_, onError) => {
    const over = gate()
    const changed: object[] = []
    const { visitor } = await serve(
      (request, response) => {
        request.socket.once('close', over.open)
        response.on('close', () => {
          changed.push(...[response, request.socket].filter((each) => Object.hasOwn(each, 'destroy')))
        })
        response.setHeader('Connection', 'close').end('complete')
        throw new Error('later')
      },
      { onError },
    )
    const { status, body, cookies } = await visitor.get(path)
    expect([status, body, cookies.length]).toEqual([200, 'complete', path === '/clean' ? 0 : 1])
    await over.opened
    expect(changed).toEqual([])
  })

  test('that Node refuses to send is an error of the handler', async () => {
    const { visitor } = await serve((_, response) => {
      response.statusCode = 42
      response.end('nonsense')
    })
    expect((await visitor.get(path)).status).toBe(500)
  })
})

describe('an error', () => {
  test.each<[thrown: unknown, status: number, body: string]>([
    [new Error('secret'), 500, 'Internal Server Error'],
    [Object.assign(new Error('not here'), { status: 404, expose: true }), 404, 'not here'],
    [Object.assign(new Error('secret'), { status: 404 }), 404, 'Internal Server Error'],
    [Object.assign(new Error('secret'), { status: 200 }), 500, 'Internal Server Error'],
    [Object.assign(new Error('secret'), { status: '404' }), 500, 'Internal Server Error'],
    [null, 500, 'Internal Server Error'],
    ['secret', 500, 'Internal Server Error'],
  ])('is answered by default: %j', async (thrown, status, body) => {
    const { visitor } = await serve(() => {
      throw thrown
    })
    const answer = await visitor.get('/changed')
    expect([answer.status, answer.body, answer.cookies.length]).toEqual([status, body, 1])
  })

  test('keeps nothing of the answer that it takes the place of', async () => {
    const { visitor } = await serve((_, response) => {
      response.writeHead(201, 'Made', {
        'Content-Length': '100',
        'Content-Encoding': 'gzip',
        ETag: '"a"',
        'X-Own': 'yes',
      })
      throw new Error('secret')
    })
    const response = await visitor.begin('GET', '/changed')
    const { 'content-encoding': encoding, 'x-own': own, etag } = response.headers
    expect([response.statusCode, response.statusMessage, encoding, etag, own]).toEqual([
      500,
      'Internal Server Error',
      undefined,
      undefined,
      'yes',
    ])
    expect(await text(response)).toBe('Internal Server Error')
  })

  test.each<[headers: unknown, sent: object]>([
    [null, {}],
    ['nonsense', {}],
    [{ 'X-Absent': undefined, 'X-Null': null, 'Retry-After': 3 }, { 'retry-after': '3' }],
    [{ 'X-Two': ['1', '2'], 'X-Bad': 'a\nb', 'bad name': 'c' }, { 'x-two': '1, 2' }],
    [
      { 'content-length': '3', 'Content-Type': 'text/html', ETag: '"a"' },
      { 'content-type': 'text/plain; charset=utf-8' },
    ],
  ])('is answered with as many of its headers as can be sent: %j', async (headers, sent) => {
    const { visitor } = await serve(() => {
      throw Object.assign(new Error('not here'), { status: 404, expose: true, headers })
    })
    const answer = await visitor.get('/changed')
    expect([answer.status, answer.body]).toEqual([404, 'not here'])
    expect(answer.headers).toMatchObject(sent)
    for (const name of ['x-absent', 'x-null', 'x-bad', 'etag']) expect(answer.headers[name]).toBeUndefined()
  })

  describe.each<[how: string, onError: NodeSessionsOptions['onError']]>([
    [
      'throws',
      () => {
        throw new Error('in onError')
      },
    ],
    ['rejects', () => Promise.reject(new Error('in onError'))],
  ])('that onError is given, which %s,', (_, onError) => {
    test('is answered by default', async () => {
      const { visitor } = await serve(
        () => {
          throw Object.assign(new Error('not here'), { status: 404, expose: true })
        },
        { onError },
      )
      const { status, body } = await visitor.get('/changed')
      expect([status, body]).toEqual([404, 'not here'])
    })

    test('is answered by default when it is one of the commit', async () => {
      const { visitor, probe } = await serve((_, response) => response.end('changed'), { onError })
      probe.fail('createSession')
      const { status, body } = await visitor.get('/changed')
      expect([status, body]).toEqual([503, 'the session is not available at the moment'])
    })

    test('cuts off a response that has begun', async () => {
      const begun = gate()
      const { visitor } = await serve(
        async (_, response) => {
          response.write('first')
          await begun.opened
          throw new Error('too late')
        },
        { onError },
      )
      const response = await visitor.begin('GET', '/clean')
      begun.open()
      await expect(text(response)).rejects.toThrow('aborted')
    })
  })

  test('after the first byte cuts the response off', async () => {
    const begun = gate()
    const { visitor } = await serve(async (_, response) => {
      response.write('first')
      await begun.opened
      throw new Error('too late')
    })
    const response = await visitor.begin('GET', '/changed')
    begun.open()
    await expect(text(response)).rejects.toThrow('aborted')
  })

  test('of the commit leaves no stream open that was to be piped', async () => {
    const file = createReadStream(new URL(import.meta.url))
    const { visitor, probe } = await serve((_, response) => file.pipe(response))
    probe.fail('createSession')
    expect((await visitor.get('/changed')).status).toBe(503)
    if (!file.closed) await once(file, 'close')
    expect(file.destroyed).toBe(true)
  })

  test('of the commit keeps the headers that are not about the content', async () => {
    const { visitor, probe } = await serve((_, response) => {
      response.writeHead(206, 'Partial', {
        'Access-Control-Allow-Origin': '*',
        'Content-Security-Policy': "default-src 'self'",
        'Content-Range': 'bytes 0-1/2',
        'Content-Length': '2',
        ETag: '"a"',
        'Last-Modified': new Date(0).toUTCString(),
        'Cache-Control': 'public, max-age=60',
      })
      response.end('ab')
    })
    probe.fail('createSession')
    const { status, headers } = await visitor.get('/changed')
    expect(status).toBe(503)
    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'content-security-policy': "default-src 'self'",
      'cache-control': 'no-store',
      'retry-after': '1',
    })
    for (const name of ['content-range', 'etag', 'last-modified']) expect(headers[name]).toBeUndefined()
  })

  test('of the commit is not followed by what the handler goes on writing', async () => {
    const [answered, over] = [gate(), gate()]
    const { visitor, probe } = await serve(async (_, response) => {
      response.write('one')
      await answered.opened
      response.write('two')
      response.end('three')
      over.open()
    })
    probe.fail('createSession')
    const { status, body } = await visitor.get('/changed')
    expect([status, body]).toEqual([503, 'the session is not available at the moment'])
    answered.open()
    await over.opened
  })
})

test.each<[when: string, answer: (response: ServerResponse, change: () => void) => void]>([
  ['after end was called', (response, change) => void [response.end('answered'), change()]],
  ['when the response has finished', (response, change) => response.on('finish', change).end('answered')],
  ['when the response closes', (response, change) => response.on('close', change).end('answered')],
])('what changes %s is saved', async (_, answer) => {
  const { visitor, probe } = await serve((request, response, session) => {
    answer(response, () => request.url === '/clean' && session.set('late', 'yes'))
  })
  await visitor.get('/changed')
  probe.calls()
  const reached = probe.hold('updateSession')
  expect((await visitor.get('/clean')).body).toBe('answered')
  const release = await reached
  release()
  expect(probe.calls()).toContainEqual(['updateSession', expect.any(String), { late: 'yes' }, expect.anything()])
})

describe('a commit that fails', () => {
  test('calls back each write and the end that waited, once and with the error', async () => {
    const heard: unknown[] = []
    const over = gate()
    const note = (name: string) => (error?: unknown) => {
      heard.push([name, (error as { code?: string } | undefined)?.code])
      if (name === 'end') over.open()
    }
    const { visitor, probe } = await serve((_, response) => {
      response.write('one', note('one'))
      response.write('two', 'utf8', note('two'))
      response.end(note('end'))
    })
    probe.fail('createSession')
    expect((await visitor.get('/changed')).status).toBe(503)
    await over.opened
    expect(heard).toEqual(['one', 'two', 'end'].map((name) => [name, 'SOJOURN_SESSION_UNAVAILABLE']))
  })

  test('calls back when the client has gone meanwhile', async () => {
    const [aborting, told] = [new AbortController(), gate()]
    const { visitor, probe } = await serve((_, response) => {
      response.write('one', (error) => error && told.open())
      response.on('close', () => void held.then((release) => release()))
      aborting.abort()
    })
    const held = probe.hold('createSession')
    probe.fail('createSession')
    await expect(visitor.get('/changed', { signal: aborting.signal })).rejects.toThrow('abort')
    await told.opened
  })
})

describe('HTTP/2', () => {
  type Http2Handler = (request: Http2ServerRequest, response: Http2ServerResponse, session: Session) => unknown

  async function serveHttp2(handler: Http2Handler, store: SessionStore = new MemorySessionStore()) {
    const server = createSecureServer(tls, sessions({ store })(handler))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const client = connect(origin, { ca: tls.cert })
    onTestFinished(async () => {
      client.close()
      await new Promise((resolve) => server.close(resolve))
    })
    const send = async (headers: Record<string, string | string[]>) => {
      const stream = client.request({ ':method': 'POST', ...headers })
      const [answer] = (await once(stream, 'response')) as [Record<string, string | number | string[]>]
      return { headers: answer, body: await text(stream) }
    }
    return { origin, send }
  }

  // Node gives this warning once in a process: this test has to be the first that could have it given.
  test('has no reason phrase, and is not asked for one', async () => {
    const warnings: string[] = []
    const note = ({ message }: Error) => warnings.push(message)
    process.on('warning', note)
    onTestFinished(() => void process.off('warning', note))
    const { store, fail } = probe(new MemorySessionStore())
    const { send } = await serveHttp2((request, response, session) => {
      session.set('touched', 'yes')
      if (request.url === '/wrong') throw new Error('secret')
      response.end('saved')
    }, store)
    expect((await send({})).body).toBe('saved')
    expect((await send({ ':path': '/wrong' })).headers[':status']).toBe(500)
    fail('createSession')
    expect((await send({})).headers[':status']).toBe(503)
    expect(warnings).toEqual([])
  })

  test('is sent whole, though an error follows or it is destroyed', async () => {
    const { send } = await serveHttp2((_, response, session) => {
      session.set('touched', 'yes')
      response.end('complete')
      response.destroy(undefined as never)
      throw new Error('later')
    })
    expect((await send({})).body).toBe('complete')
  })

  test('RFC 9113 a Cookie header that is split into several is read as one; own is what :authority says', async () => {
    const { origin, send } = await serveHttp2(async (request, response, session) => {
      if (request.method === 'POST') await session.increment('page_views')
      response.writeHead(200, { 'X-Sum': session.get('page_views') ?? 'none' }).end('body')
    })
    const first = await send({})
    const [cookie = ''] = (first.headers['set-cookie'] as string[])[0]?.split(';') ?? []
    expect([first.headers['x-sum'], first.body]).toEqual(['1', 'body'])
    const second = await send({
      cookie: ['a=1', cookie, 'b=2'],
      origin,
    })
    expect(second.headers['x-sum']).toBe('2')
    const twice = await send({ cookie: [cookie, 'b=2', cookie] })
    expect(twice.headers['x-sum']).toBe('1')
    const foreign = await send({ cookie, origin: 'https://evil.example' })
    expect(foreign.headers[':status']).toBe(403)
  })
})

describe('a WebSocket upgrade', () => {
  async function serveUpgrades(trustedOrigins: string[] = []) {
    const withSession = sessions({ store: new MemorySessionStore(), cookie: { secure: false }, trustedOrigins })
    const refused: unknown[] = []
    const server = createServer(
      withSession(async (_, response, session) => response.end(String(await session.increment('page_views')))),
    )
    server.on('upgrade', async (request: IncomingMessage, socket: Duplex) => {
      try {
        const session = await withSession.upgrade(request)
        const code = await session.increment('begun').catch((error) => error.code)
        socket.end(
          `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${session.get('page_views')} ${code}`,
        )
      } catch (error) {
        refused.push((error as { code: string }).code)
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
      }
    })
    const visitor = new Browser(`http://127.0.0.1:${await listen(server)}`)
    const upgrade = (headers: Record<string, string>): Promise<string | number> =>
      new Promise((resolve, reject) => {
        const cookie = visitor.jar.header(new URL(visitor.origin)) ?? ''
        request(visitor.origin, { headers: { connection: 'Upgrade', upgrade: 'websocket', cookie, ...headers } })
          .on('upgrade', (_response, socket, head) => text(socket).then((rest) => resolve(head + rest), reject))
          .on('response', (response) => resolve(response.resume().statusCode as number))
          .on('error', reject)
          .end()
      })
    return { visitor, upgrade, refused }
  }

  test('V4.4.2 has its session from our own origin only, though it is a GET', async () => {
    const { visitor, upgrade, refused } = await serveUpgrades(['https://partner.example'])
    await visitor.get('/')
    expect(await upgrade({ origin: visitor.origin })).toBe('1 1')
    expect(await upgrade({ 'sec-fetch-site': 'same-origin', origin: visitor.origin })).toBe('1 2')
    expect(await upgrade({ origin: 'https://partner.example' })).toBe('1 3')
    expect(await upgrade({ origin: 'https://evil.example' })).toBe(403)
    expect(await upgrade({ 'sec-fetch-site': 'cross-site', origin: visitor.origin })).toBe(403)
    expect(await upgrade({ 'sec-fetch-site': 'same-site' })).toBe(403)
    expect(refused).toEqual(Array.from({ length: 3 }, () => 'SOJOURN_CROSS_ORIGIN'))
  })

  test('V4.4.2 cannot begin a session, for no cookie goes with it', async () => {
    const { upgrade } = await serveUpgrades()
    expect(await upgrade({})).toBe('undefined SOJOURN_RESPONSE_STARTED')
  })
})

test('several managers hold one response, and each saves what is its own, in progress too', async () => {
  const [one, other] = [probe(new MemorySessionStore()), probe(new MemorySessionStore())]
  const withOne = sessions({ store: one.store, cookie: { secure: false, name: 'one' } })
  const withOther = sessions({ store: other.store, cookie: { secure: false, name: 'other' } })
  const server = createServer(
    withOne((request, response, a) =>
      withOther(async (_, response, b) => {
        a.set('early', 'a')
        b.set('early', 'b')
        response.write('one')
        await once(response, 'drain')
        a.set('late', 'a')
        b.set('late', 'b')
        response.end('two')
      })(request, response),
    ),
  )
  const visitor = new Browser(`http://127.0.0.1:${await listen(server)}`)
  const { cookies, body } = await visitor.get('/')
  expect([cookies.length, body]).toEqual([2, 'onetwo'])
  expect({ ...(await one.store.getSession(visitor.cookie('one') as string)) }).toMatchObject({ early: 'a', late: 'a' })
  expect({ ...(await other.store.getSession(visitor.cookie('other') as string)) }).toMatchObject({
    early: 'b',
    late: 'b',
  })

  const stranger = new Browser(visitor.origin)
  one.fail('createSession')
  const failed = await stranger.get('/')
  expect([failed.status, failed.cookies.length, stranger.cookie('other') !== undefined]).toEqual([503, 1, true])
})
