import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import expressApp, { type ErrorRequestHandler, type Express, type RequestHandler, type Response, Router } from 'express'
import { describe, expect, test } from 'vitest'
import { sessions } from '../../src/adapters/express.ts'
import type { SessionEvent } from '../../src/http/manager.ts'
import { InvalidArgumentError, MemorySessionStore } from '../../src/index.ts'
import { shareClasses } from '../support/hidden-class.ts'
import { Browser } from '../support/http/browser.ts'
import { gate } from '../support/http/gate.ts'
import { express } from './adapters/express.ts'
import { probe } from './probe.ts'
import { describeAdapter } from './scenarios.ts'
import { listen } from './site.ts'

describeAdapter(express)

/** An application behind sessions, with what its error handler has seen. */
async function serve(mount: (app: Express) => void) {
  const probed = probe(new MemorySessionStore())
  const errors: { code?: string; message: string }[] = []
  const app = expressApp()
  app.use(sessions({ store: probed.store, cookie: { secure: false } }))
  mount(app)
  const onError: ErrorRequestHandler = (error, _request, response, next) => {
    errors.push(error)
    if (response.headersSent) return
    if (error.status === undefined) return next(error)
    response.status(error.status).json({ error: error.code })
  }
  app.use(onError)
  const visitor = new Browser(`http://127.0.0.1:${await listen(createServer(app))}`)
  return { visitor, probe: probed, errors }
}

test('a handler that answers and calls next has answered', async () => {
  const { visitor, errors } = await serve((app) =>
    app.get('/', (request, response, next) => {
      request.session.set('a', '1')
      response.json('answered')
      next()
    }),
  )
  const { status, body, cookies } = await visitor.get('/')
  expect([status, body, cookies.length, errors]).toEqual([200, '"answered"', 1, []])
})

test('a handler that answers twice has its first answer sent, and an error', async () => {
  const { visitor, errors } = await serve((app) =>
    app.get('/', (request, response) => {
      request.session.set('a', '1')
      response.status(201).json('first')
      response.status(500).json('the second, which is longer')
    }),
  )
  const { status, body, cookies } = await visitor.get('/')
  expect([status, body, cookies.length]).toEqual([201, '"first"', 1])
  expect(errors.map(({ code }) => code)).toEqual(['ERR_HTTP_HEADERS_SENT'])
})

describe.each(['/clean', '/changed'])('without an error handler, an answer to %s', (path) => {
  const answering = async (later: (response: Response) => void, probed = probe(new MemorySessionStore())) => {
    const app = expressApp().use(sessions({ store: probed.store, cookie: { secure: false } }))
    const closed = gate()
    app.get(path, (request, response) => {
      request.socket.once('close', closed.open)
      if (path === '/changed') request.session.set('a', '1')
      response.json('first')
      later(response)
    })
    const visitor = new Browser(`http://127.0.0.1:${await listen(createServer(app))}`)
    const held = probed.hold('createSession')
    const answer = visitor.get(path)
    if (path === '/changed') {
      const release = await held
      await visitor.get('/other') // Express has done by then what it does about the error
      release()
    }
    const { status, body } = await answer
    await closed.opened // Express closes the connection of an answer that an error follows
    return [status, body]
  }

  test.each<[what: string, later: (response: Response) => void]>([
    [
      'an error',
      () => {
        throw new Error('later')
      },
    ],
    ['a second answer', (response) => response.status(500).json('the second, which is longer')],
  ])('reaches the client though %s follows', async (_, later) => {
    expect(await answering(later)).toEqual([200, '"first"'])
  })

  test.runIf(path === '/changed')('is not sent when the commit fails, whatever follows', async () => {
    const probed = probe(new MemorySessionStore())
    probed.fail('createSession')
    const [status] = await answering(() => {
      throw new Error('later')
    }, probed)
    expect(status).toBe(503)
  })
})

test('a conditional request is answered 304 when what it changed is saved', async () => {
  const { visitor } = await serve((app) =>
    app.get('/', async (request, response) => {
      request.session.set('at', String(await request.session.increment('visits')))
      response.json('the same')
    }),
  )
  const { headers } = await visitor.get('/')
  const again = await visitor.get('/', { headers: { 'if-none-match': headers.etag } })
  expect([again.status, again.body]).toEqual([304, ''])
})

test('a failed commit in a router inside reaches the error handler outside', async () => {
  const { visitor, probe, errors } = await serve((app) => {
    const inner = Router().get('/page', (request, response) => {
      request.session.set('a', '1')
      response.send('<p>page</p>')
    })
    app.use('/deep', Router().use('/deeper', inner))
    app.use((_request, response) => response.status(404).send('not this'))
  })
  probe.fail('createSession')
  const { status, body } = await visitor.get('/deep/deeper/page')
  expect([status, body]).toEqual([503, '{"error":"SOJOURN_SESSION_UNAVAILABLE"}'])
  expect(errors).toHaveLength(1)
})

test('mounted twice, the same middleware serves once', async () => {
  const probed = probe(new MemorySessionStore())
  const middleware = sessions({ store: probed.store, cookie: { secure: false } })
  const app = expressApp().use(middleware, middleware)
  app.get('/', middleware, async (request, response) => void response.json(await request.session.increment('visits')))
  const visitor = new Browser(`http://127.0.0.1:${await listen(createServer(app))}`)
  expect((await visitor.get('/')).cookies).toHaveLength(1)
  probed.calls()
  expect((await visitor.get('/')).json()).toBe(2)
  expect(probed.calls()).toHaveLength(2)
})

test('a second manager does not pass its requests on with the session of the first', async () => {
  const store = new MemorySessionStore()
  const admins = sessions({ store: new MemorySessionStore(), cookie: { name: 'admin', secure: false } })
  const { visitor, errors } = await serve((app) => {
    app.use('/admin', admins)
    app.use('/other', sessions({ store, property: 'other', cookie: { name: 'other', secure: false } }))
    app.use((request, response) => {
      request.session.set('role', 'admin')
      response.json('ok')
    })
  })
  expect((await visitor.get('/other')).status).toBe(200)
  const { status } = await visitor.get('/admin')
  expect([status, errors]).toMatchObject([
    500,
    [{ code: 'SOJOURN_INVALID_ARGUMENT', message: expect.stringMatching(/property "session" .*another property/) }],
  ])
})

test('middleware that wraps the response on either side of the sessions goes on working', async () => {
  const shout =
    (mark: string): RequestHandler =>
    (_request, response, next) => {
      const { write, end, writeHead } = response
      Object.assign(response, {
        write: (chunk: string) => write.call(response, `${mark}${chunk}`, 'utf8'),
        end: (chunk: string) => end.call(response, `${mark}${chunk}`, 'utf8'),
        writeHead: (status: number) => {
          response.setHeader(`X-${mark}`, 'seen')
          return writeHead.call(response, status)
        },
      })
      next()
    }
  const store = new MemorySessionStore()
  const app = expressApp()
  app.use(shout('A'), sessions({ store, cookie: { secure: false } }), shout('B'))
  app.get('/', async (request, response) => {
    request.session.set('a', '1')
    response.write('one')
    response.end('two')
  })
  const visitor = new Browser(`http://127.0.0.1:${await listen(createServer(app))}`)
  const { headers, body, cookies } = await visitor.get('/')
  expect([headers['x-a'], headers['x-b'], body, cookies.length]).toEqual(['seen', 'seen', 'ABoneABtwo', 1])
})

test('what the handler still writes after a failed commit is no success, if it comes before an asynchronous error page', async () => {
  const [failed, written] = [gate(), gate()]
  const { visitor, probe } = await serve((app) => {
    app.get('/', async (request, response) => {
      request.session.set('a', '1')
      response.write('first ')
      await failed.opened
      response.end('second')
      written.open()
    })
    const onError: ErrorRequestHandler = async (_error, _request, _response, _next) => {
      failed.open()
      await written.opened
    }
    app.use(onError)
  })
  probe.fail('createSession')
  const { status, body } = await visitor.get('/')
  expect([status, body]).toEqual([503, 'second'])
})

describe('a handler that waits for each of its writes', () => {
  async function serveRows(mount: (app: Express) => void) {
    const closed = gate()
    async function* rows() {
      try {
        for (;;) yield 'row'
      } finally {
        closed.open()
      }
    }
    const served = await serve((app) => {
      app.all('/', async (request, response) => {
        request.session.set('a', '1')
        for await (const row of rows()) {
          await new Promise<void>((done, failed) => response.write(row, (error) => (error ? failed(error) : done())))
        }
      })
      mount(app)
    })
    served.probe.fail('createSession')
    return { ...served, closed }
  }

  test('goes on with the error of a failed commit, which is answered by then', async () => {
    const asked = gate()
    const { visitor, errors, closed } = await serveRows((app) => {
      const onError: ErrorRequestHandler = async (error, _request, response, next) => {
        if (response.headersSent) return next(error)
        await asked.opened
        response.status(error.status).send('sorry')
      }
      app.use('/', onError)
    })
    const answering = visitor.get('/')
    asked.open()
    const { status, body } = await answering
    await closed.opened
    expect([status, body]).toEqual([503, 'sorry'])
    expect(errors.every(({ code }) => code === 'SOJOURN_SESSION_UNAVAILABLE')).toBe(true)
  })

  test('is answered by Express alone, too, once all of the request has come', async () => {
    const { visitor, closed } = await serveRows((app) => {
      const onError: ErrorRequestHandler = (error, _request, _response, next) =>
        next(new Error('plain', { cause: error }))
      app.use(onError)
    })
    const response = new Promise<IncomingMessage>((resolve, reject) => {
      const sending = httpRequest(visitor.origin, { method: 'POST', headers: { 'Content-Length': '2' } }, resolve)
      sending.on('error', reject).write('1', () => sending.end('2'))
    })
    expect((await response).statusCode).toBe(503)
    expect(await text(await response)).toContain('Error: plain')
    await closed.opened
  })
})

/** Middleware in the manner of `compression`: what is written goes through a stream, and after `end` nothing does. */
const throughStream: RequestHandler = (_request, response, next) => {
  const { write, end, on } = response
  const stream = new PassThrough()
  stream.on('data', (chunk) => write.call(response, chunk, 'utf8') || stream.pause())
  stream.on('end', () => end.call(response, undefined, 'utf8'))
  on.call(response, 'drain', () => stream.resume())
  let ended = false
  Object.assign(response, {
    write: (chunk: string) => !ended && stream.write(chunk),
    end: (chunk?: string) => {
      if (ended) return
      ended = true
      stream.end(chunk)
    },
    on: (event: string, listener: () => void) => (event === 'drain' ? stream : on.call(response, event, listener)),
  })
  response.setHeader('Content-Encoding', 'identity')
  next()
}

test('a failed commit is answered past middleware that takes the response for ended', async () => {
  const { visitor, probe, errors } = await serve((app) =>
    app.use(throughStream).get('/', (request, response) => {
      request.session.set('a', '1')
      response.json('answered')
    }),
  )
  expect((await visitor.get('/')).json()).toBe('answered')
  probe.fail('updateSession')
  const { status, body, headers } = await visitor.get('/')
  expect([status, body]).toEqual([503, '{"error":"SOJOURN_SESSION_UNAVAILABLE"}'])
  expect([headers['content-encoding'], errors.length]).toEqual([undefined, 1])
})

test.each<[when: string, answer: (response: Response, change: () => void) => void]>([
  ['after the answer', (response, change) => void [response.json('answered'), change()]],
  ['when the response has finished', (response, change) => response.on('finish', change).json('answered')],
  ['when it has closed', (response, change) => response.on('close', () => setImmediate(change)).json('answered')],
])('what changes %s is saved, and told where that fails', async (_, answer) => {
  const probed = probe(new MemorySessionStore())
  const [told, events] = [gate(), [] as SessionEvent[]]
  const onEvent = (event: SessionEvent) => {
    events.push(event)
    told.open()
  }
  const app = expressApp().use(sessions({ store: probed.store, cookie: { secure: false }, onEvent }))
  app.get('/', (request, response) => {
    request.session.set('early', 'yes')
    response.json('answered')
  })
  app.get('/late', (request, response) => answer(response, () => request.session.set('late', 'yes')))
  const visitor = new Browser(`http://127.0.0.1:${await listen(createServer(app))}`)
  await visitor.get('/')
  probed.fail('updateSession')
  expect((await visitor.get('/late')).status).toBe(200)
  await told.opened
  expect(events).toMatchObject([{ type: 'unsaved-changes', error: { code: 'SOJOURN_SESSION_UNAVAILABLE' } }])
  probed.mend()
  probed.calls()
  const reached = probed.hold('updateSession')
  expect((await visitor.get('/late')).status).toBe(200)
  const release = await reached
  release()
  expect(probed.calls()).toContainEqual(['updateSession', expect.any(String), { late: 'yes' }, expect.anything()])
})

describe('options', () => {
  const store = new MemorySessionStore()
  test.each([{ property: '' }, { property: 7 }, { skip: 'no' }, { onError: () => {} }])('%j is refused', (options) => {
    expect(() => sessions({ store, ...options } as never)).toThrow(InvalidArgumentError)
  })
})

test('requests share a hidden class, and so do responses', async () => {
  const shared = await shareClasses(async (see) => {
    const { visitor } = await serve((app) =>
      app.get('/', (request, response) => {
        response.locals.name = 'andrew'
        see(request, response)
        response.json('seen')
      }),
    )
    for (let visit = 0; visit < 8; visit++) await visitor.get('/') // V8 learns from the first what kinds of values there are
  })
  expect(shared).toBe(true)
})
