import { describe, expect, test } from 'vitest'
import { sessions } from '../../src/adapters/fetch.ts'
import { InvalidArgumentError, MemorySessionStore } from '../../src/index.ts'
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

describe('options', () => {
  test.each([{ property: 'session' }, { skip: () => true }, { onError: 'log' }, { cookies: {} }])(
    '%j is refused',
    (options) => {
      expect(() => sessions({ store: new MemorySessionStore(), ...options } as never)).toThrow(InvalidArgumentError)
    },
  )
})
