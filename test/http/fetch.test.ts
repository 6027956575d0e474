import { describe, expect, test } from 'vitest'
import { sessions } from '../../src/adapters/fetch.ts'
import {
  InvalidArgumentError,
  MemorySessionStore,
  ResponseStartedError,
  type Session,
  SessionUnavailableError,
} from '../../src/index.ts'
import { fetchApi } from './adapters/fetch.ts'
import { probe } from './probe.ts'
import { describeAdapter } from './scenarios.ts'

describeAdapter(fetchApi)

const URL_OF_PAGE = 'https://app.example/page'

function withMemory() {
  const probed = probe(new MemorySessionStore())
  return { withSession: sessions({ store: probed.store }), probe: probed }
}

const cookieOf = (response: Response) => response.headers.getSetCookie()[0]?.split(';')[0] as string

test('what the server passes beside the request reaches the handler', async () => {
  const { withSession } = withMemory()
  const handler = withSession(async (request, session, { params }: { params: { slug: string } }, port: number) => {
    return Response.json([request.url, session.isNew, params.slug, port])
  })
  const response = await handler(new Request(URL_OF_PAGE), { params: { slug: 'a' } }, 80)
  expect(await response.json()).toEqual([URL_OF_PAGE, true, 'a', 80])
})

test('a response that has nothing to say of the session is passed on as it is', async () => {
  const { withSession } = withMemory()
  for (const response of [new Response('plain'), Response.error(), Response.redirect('https://app.example/', 302)]) {
    expect(await withSession(() => response)(new Request(URL_OF_PAGE))).toBe(response)
  }
})

describe.each<[name: string, response: () => Response]>([
  ['without content', () => new Response(null, { status: 204 })],
  ['that redirects', () => new Response(null, { status: 302, headers: { location: '/' } })],
  ['whose headers cannot be changed', () => Response.redirect('https://app.example/', 302)],
])('a response %s that is returned to everybody', (_, make) => {
  test('has the cookie of a visitor for that visitor only', async () => {
    const { withSession } = withMemory()
    const shared = make()
    const login = withSession(async (_request, session) => {
      await session.rotate({ authenticated: true, data: { username: 'andrew' } })
      return shared
    })
    const logout = withSession(async (_request, session) => {
      await session.destroy()
      return shared
    })
    const loggedIn = await login(new Request(URL_OF_PAGE))
    expect([loggedIn.status, loggedIn.headers.get('location')]).toEqual([shared.status, shared.headers.get('location')])
    expect([loggedIn.headers.getSetCookie().length, loggedIn.headers.get('cache-control')]).toEqual([1, 'no-store'])
    const loggedOut = await logout(new Request(URL_OF_PAGE, { headers: { cookie: cookieOf(loggedIn) } }))
    expect(loggedOut.headers.getSetCookie()).toEqual([expect.stringMatching(/^sid=;/)])
    const next = await withSession(() => shared)(new Request(URL_OF_PAGE))
    expect([next.headers.getSetCookie(), next.headers.get('cache-control')]).toEqual([[], null])
  })

  test('is cached by others after a session of one visitor could not be saved', async () => {
    const probed = probe(new MemorySessionStore())
    const shared = make()
    const withSession = sessions({ store: probed.store, onError: () => shared })
    probed.fail('createSession')
    const failed = await withSession((_request, session) => {
      session.set('a', '1')
      return new Response()
    })(new Request(URL_OF_PAGE))
    expect([failed.status, failed.headers.get('cache-control')]).toEqual([shared.status, 'no-store'])
    expect(shared.headers.get('cache-control')).toBe(null)
  })
})

test('a response to a request that only reads is not copied', async () => {
  const { withSession } = withMemory()
  const response = new Response('plain')
  const answer = await withSession((_request, session) => {
    session.get('name')
    return response
  })(new Request(URL_OF_PAGE))
  expect([answer === response, answer.headers.get('vary')]).toEqual([true, 'Cookie'])
})

test.each([
  ['a network error', Response.error()],
  ['an upgrade', Object.defineProperty(new Response(), 'status', { value: 101 })],
])('%s cannot be copied, so it goes without the cookie, and that is known', async (_, response) => {
  const { withSession } = withMemory()
  let later: Session<null> | undefined
  const answer = await withSession((_request, session) => {
    session.set('a', '1')
    later = session as Session<null>
    return response
  })(new Request(URL_OF_PAGE))
  expect([answer === response, answer.headers.getSetCookie(), answer.headers.get('vary')]).toEqual([true, [], null])
  await expect(later?.rotate()).rejects.toBeInstanceOf(ResponseStartedError)
})

test('what a handler throws is thrown on, after what it changed is saved', async () => {
  const { withSession, probe } = withMemory()
  const begun = await withSession((_, session) => {
    session.set('a', '1')
    return new Response()
  })(new Request(URL_OF_PAGE))
  const cookie = cookieOf(begun)
  const thrown = Object.assign(new Error('NEXT_REDIRECT'), { digest: 'NEXT_REDIRECT;/login' })
  const throwing = withSession((_, session) => {
    session.set('a', '2')
    throw thrown
  })
  await expect(throwing(new Request(URL_OF_PAGE, { headers: { cookie } }))).rejects.toBe(thrown)
  expect((await probe.store.getSession(cookie.split('=')[1] as string))?.a).toBe('2')
})

test('without a Host header, own is what the URL says', async () => {
  const { withSession } = withMemory()
  const begun = await withSession((_, session) => {
    session.set('a', '1')
    return new Response()
  })(new Request(URL_OF_PAGE))
  const cookie = cookieOf(begun)
  const handler = withSession(() => new Response('done'))
  const post = (origin: string) => handler(new Request(URL_OF_PAGE, { method: 'POST', headers: { cookie, origin } }))
  expect((await post('https://app.example')).status).toBe(200)
  expect((await post('https://evil.example')).status).toBe(403)
})

test('V4.4.2 a WebSocket upgrade has its session from our own origin only', async () => {
  const { withSession } = withMemory()
  const begun = await withSession((_, session) => {
    session.set('name', 'andrew')
    return new Response()
  })(new Request(URL_OF_PAGE))
  const upgrade = (headers: Record<string, string>) =>
    withSession.upgrade(new Request(URL_OF_PAGE, { headers: { cookie: cookieOf(begun), ...headers } }))
  expect((await upgrade({ origin: 'https://app.example' })).get('name')).toBe('andrew')
  await expect(upgrade({ origin: 'https://evil.example' })).rejects.toMatchObject({ status: 403 })
  await expect(upgrade({ 'sec-fetch-site': 'cross-site' })).rejects.toMatchObject({ status: 403 })
})

describe('a wrapped handler that calls another with the same request', () => {
  test('shares its session with it, and sets the one cookie', async () => {
    const { withSession, probe } = withMemory()
    const login = withSession(async (_request, session) => {
      await session.rotate({ authenticated: true, data: { username: 'andrew' } })
      return new Response('welcome')
    })
    const outer = withSession(async (request, session) => {
      session.set('above', 'yes')
      const response = await login(request)
      session.set('after', 'yes')
      return response
    })
    const response = await outer(new Request(URL_OF_PAGE))
    expect(response.headers.getSetCookie()).toHaveLength(1)
    expect(probe.calls().map(([method]) => method)).toEqual(['createSession'])
    const id = cookieOf(response).split('=')[1] as string
    expect(await probe.store.getSession(id)).toMatchObject({ above: 'yes', after: 'yes', username: 'andrew' })
  })

  test('answers what fails in it, once', async () => {
    const errors: unknown[] = []
    const onError = (error: unknown) => {
      errors.push(error)
      return new Response('failed', { status: 500 })
    }
    const withSession = sessions({ store: new MemorySessionStore(), onError })
    const failing = withSession(() => {
      throw new Error('out of paper')
    })
    const response = await withSession((request) => failing(request))(new Request(URL_OF_PAGE))
    expect([response.status, errors]).toEqual([500, [expect.objectContaining({ message: 'out of paper' })]])
  })

  test('as the answer to an error does not let a refused request through', async () => {
    const { store, fail } = probe(new MemorySessionStore())
    const withSession = sessions({ store, onError: (_error, request): Promise<Response> => page(request) })
    const page = withSession(() => new Response('for the visitor'))
    fail('readSession')
    const cookie = `sid=${'A'.repeat(43)}`
    await expect(page(new Request(URL_OF_PAGE, { headers: { cookie } }))).rejects.toBeInstanceOf(
      SessionUnavailableError,
    )
  })

  test('one request after the other has its session read anew', async () => {
    const { withSession, probe } = withMemory()
    const id = await probe.store.createSession({ visits: '1' })
    const request = new Request(URL_OF_PAGE, { headers: { cookie: `sid=${id}` } })
    const page = withSession((_request, session) => Response.json(session.get('visits')))
    expect(await (await page(request)).json()).toBe('1')
    await probe.store.incrementField(id, 'visits', 1)
    expect(await (await page(request)).json()).toBe('2')
  })
})

describe('options', () => {
  test.each([{ property: 'session' }, { skip: () => true }, { onError: 'log' }, { cookies: {} }])(
    '%j is refused',
    (options) => {
      expect(() => sessions({ store: new MemorySessionStore(), ...options } as never)).toThrow(InvalidArgumentError)
    },
  )
})
