/** The demo's HTTP surface, that of Redis's session guides, driven by a plain client. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Inspection, Reply } from '../../demo/replies.ts'
import { Browser } from '../support/http/browser.ts'
import type { Exchange } from '../support/http/client.ts'
import { eventually } from '../support/redis/eventually.ts'
import { startRedis } from '../support/redis/server.ts'
import { type Demo, failingStart, startDemo } from './demo.ts'

const DATABASE = 11
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/

const engines = {
  Redis: () => ['--redis-url', `${inject('redis').url}/${DATABASE}`],
  memory: () => ['--engine', 'memory'],
}

describe.each(Object.entries(engines))('on %s', (_, args) => {
  let demo: Demo

  beforeAll(async () => {
    demo = await startDemo(...args())
  })
  afterAll(() => demo.stop())

  const visitor = () => new Browser(demo.origin)
  const user = () => `andrew-${crypto.randomUUID().slice(0, 8)}`

  async function loggedIn(fields: Record<string, string> = {}): Promise<Browser> {
    const browser = visitor()
    const answer = await post(browser, '/login', { username: user(), ttl: '60', ...fields })
    expect(answer.status).toBe(200)
    return browser
  }

  test('nobody is logged in to begin with', async () => {
    const browser = visitor()
    const answer = await browser.get('/session')
    expect([answer.status, reply(answer)]).toEqual([200, { authenticated: false, session: null, commands: [] }])
    expect(answer.cookies).toEqual([])
  })

  test('a login makes a session', async () => {
    const browser = visitor()
    const username = user()
    const answer = await post(browser, '/login', { username, ttl: '15' })
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    expect(answer.cookies).toEqual([expect.stringMatching(/^sid=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)])
    expect(reply(answer)).toMatchObject({
      authenticated: true,
      configured_ttl: 15,
      ttl: 15,
      session: { username, page_views: '1', session_ttl: '15', ttl: '15' },
    })
    const { session } = reply(answer)
    expect([session?.created_at, session?.last_accessed_at]).toEqual([
      expect.stringMatching(TIMESTAMP),
      expect.stringMatching(TIMESTAMP),
    ])
    expect(reply(await browser.get('/session'))).toMatchObject({ authenticated: true, session: { username } })
  })

  test('no reply holds the ID, and the page neither', async () => {
    const browser = await loggedIn()
    const texts: string[] = []
    const note = (answer: Exchange) => texts.push(answer.body)
    note(await browser.get('/', { headers: { accept: 'text/html' } }))
    for (const path of ['/session', '/inspect']) note(await browser.get(path))
    for (const path of ['/increment', '/rotate', '/devices/logout-others']) note(await post(browser, path))
    const id = browser.cookie('sid') as string
    expect(texts.every((text) => text.length > 20)).toBe(true)
    for (const text of texts) expect(text).not.toContain(id.slice(0, 10))
  })

  test('an empty name is a guest, an absent TTL the default', async () => {
    const answer = await post(visitor(), '/login', { username: '  ' })
    expect(reply(answer)).toMatchObject({ configured_ttl: 1800, session: { username: 'Guest' } })
  })

  test.each(['0', '-1', '1.5', '1e3', '60abc', '٣', '0x10', '99999999999999'])(
    'a TTL of %s is refused',
    async (ttl) => {
      const browser = visitor()
      const refused = await post(browser, '/login', { username: user(), ttl })
      expect(refused.status).toBe(400)
      expect(reply(refused).error).toBe('TTL must be a whole number greater than 0.')
      expect(refused.cookies).toEqual([])
      const live = await loggedIn()
      const change = await post(live, '/ttl', { ttl })
      expect([change.status, reply(change).error]).toEqual([400, 'TTL must be a whole number greater than 0.'])
      expect(reply(await live.get('/session')).configured_ttl).toBe(60)
    },
  )

  test('an increment counts and refreshes', async () => {
    const browser = await loggedIn()
    for (const views of [2, 3]) {
      const answer = await post(browser, '/increment')
      expect(reply(answer)).toMatchObject({ authenticated: true, page_views: views, ttl: 60 })
      expect(reply(answer).session?.page_views).toBe(String(views))
      expect(answer.cookies).toEqual([])
    }
  })

  test('another TTL holds from then on', async () => {
    const browser = await loggedIn()
    expect(reply(await post(browser, '/ttl', { ttl: '90' }))).toMatchObject({ configured_ttl: 90, ttl: 90 })
    expect(reply(await browser.get('/session'))).toMatchObject({ configured_ttl: 90, session: { session_ttl: '90' } })
  })

  test.each(['/increment', '/ttl', '/rotate', '/devices/logout-others'])(
    '%s without a session is 401',
    async (path) => {
      const without = await post(visitor(), path, { ttl: '10' })
      expect([without.status, reply(without).error]).toEqual([401, 'No active session'])

      const browser = await loggedIn()
      const before = browser.copy()
      await post(browser, '/logout')
      const ended = await post(before, path, { ttl: '10' })
      expect([ended.status, reply(ended).error]).toEqual([401, 'Session expired'])
      expect(before.cookie('sid')).toBeUndefined()
    },
  )

  test('a logout ends the session for good', async () => {
    const browser = await loggedIn()
    const before = browser.copy()
    const answer = await post(browser, '/logout')
    expect([answer.status, reply(answer).authenticated]).toEqual([200, false])
    expect(browser.cookie('sid')).toBeUndefined()
    const replay = await before.get('/session')
    expect(reply(replay)).toMatchObject({ authenticated: false, session: null })
    expect(before.cookie('sid')).toBeUndefined()
  })

  test('a session expires by itself, and looking does not refresh it', async () => {
    const browser = await loggedIn({ ttl: '1' })
    await eventually('the session to expire', async () => (await inspect(browser)).stored === null)
    const late = await post(browser, '/increment')
    expect([late.status, reply(late).error]).toEqual([401, 'Session expired'])
    expect(browser.cookie('sid')).toBeUndefined()
  })

  test('a login ends the session that the browser had', async () => {
    const browser = await loggedIn()
    await post(browser, '/increment')
    await post(browser, '/work', { field: 'slow_write', value: 'of the first', ms: '0' })
    const first = browser.copy()
    const username = user()
    const answer = await post(browser, '/login', { username, ttl: '30' })
    const { session } = reply(answer)
    expect(session).toMatchObject({ username, page_views: '1', session_ttl: '30' })
    expect(session).not.toHaveProperty('slow_write')
    expect(Object.keys(session ?? {}).sort()).toEqual([
      'created_at',
      'last_accessed_at',
      'page_views',
      'session_ttl',
      'ttl',
      'user_agent',
      'username',
    ])
    expect(browser.cookie('sid')).not.toBe(first.cookie('sid'))
    expect(reply(await first.get('/session'))).toMatchObject({ authenticated: false })
  })

  test('a rotation keeps the data and kills the old ID', async () => {
    const browser = await loggedIn()
    await post(browser, '/increment')
    const before = browser.copy()
    const { handle } = reply(await browser.get('/session'))
    const rotated = reply(await post(browser, '/rotate'))
    expect(rotated).toMatchObject({ previous_handle: handle, session: { page_views: '2' } })
    expect(rotated.handle).not.toBe(handle)
    expect(reply(await before.get('/session')).authenticated).toBe(false)
  })

  test('ten writes at once are all kept', async () => {
    const browser = await loggedIn()
    const lanes = Array.from({ length: 10 }, (_, i) => `race_${i}`)
    await Promise.all(lanes.map((field) => post(browser, '/work', { field, value: 'here', ms: '20' })))
    const { session } = reply(await browser.get('/session'))
    expect(session).toMatchObject({ page_views: '11', ...Object.fromEntries(lanes.map((field) => [field, 'here'])) })
  })

  test('a write that a logout overtakes is dropped', async () => {
    const browser = await loggedIn()
    const before = browser.copy()
    const slow = post(before.copy(), '/work', { field: 'slow_write', value: 'too late', ms: '400' })
    await post(browser, '/logout')
    expect(reply(await slow)).toMatchObject({ authenticated: false, stored: false })
    expect((await inspect(before)).stored).toBeNull()
  })

  test('only the work of the page is done', async () => {
    const browser = await loggedIn()
    for (const fields of [
      { field: 'username', ms: '0' },
      { field: 'race_0', ms: '99999' },
      { field: 'race_0', ms: 'x' },
    ]) {
      expect((await post(browser, '/work', { value: 'x', ...fields })).status).toBe(400)
    }
  })

  test('another device is logged out by its handle, and by its owner only', async () => {
    const username = user()
    const [one, other, stranger] = [await loggedIn({ username }), await loggedIn({ username }), await loggedIn()]
    const { devices } = await inspect(one)
    expect(devices.map(({ current }) => current).sort()).toEqual([false, true])
    const handle = devices.find(({ current }) => !current)?.handle as string
    expect(reply(await post(stranger, '/devices/logout', { handle })).ended).toBe(0)
    expect(reply(await other.get('/session')).authenticated).toBe(true)
    expect(reply(await post(one, '/devices/logout', { handle })).ended).toBe(1)
    const own = await post(one, '/devices/logout', { handle: reply(await one.get('/session')).handle ?? '' })
    expect([own.status, reply(own).error]).toEqual([400, 'That is this device.'])
    expect(reply(await other.get('/session')).authenticated).toBe(false)
  })

  test('the others are logged out, or everybody', async () => {
    const username = user()
    const [one, two, three] = [await loggedIn({ username }), await loggedIn({ username }), await loggedIn({ username })]
    const bystander = await loggedIn()
    expect(reply(await post(one, '/devices/logout-others')).ended).toBe(2)
    expect(reply(await two.get('/session')).authenticated).toBe(false)
    expect(reply(await one.get('/session')).authenticated).toBe(true)
    expect(reply(await three.get('/session')).authenticated).toBe(false)
    const four = await loggedIn({ username })
    const before = one.copy()
    const everywhere = await post(one, '/devices/logout-everywhere')
    expect(reply(everywhere)).toMatchObject({ authenticated: false, ended: 2 })
    expect(one.cookie('sid')).toBeUndefined()
    for (const device of [four, before]) expect(reply(await device.get('/session')).authenticated).toBe(false)
    expect(reply(await bystander.get('/session')).authenticated).toBe(true)
  })

  test.each(['<b>"x"&\'y\'</b>', 'Ånne 🙂 李', 'a:b*c', '__proto__', 'x'.repeat(200), `${'x'.repeat(39)}🙂🙂`])(
    'the name %j is kept as it is',
    async (username) => {
      const answer = await post(visitor(), '/login', { username, ttl: '60' })
      const kept = [...username].slice(0, 40).join('')
      expect([answer.status, reply(answer).session?.username]).toEqual([200, kept])
    },
  )

  test('a browser without script gets pages, and comes back to the first by GET', async () => {
    const browser = visitor()
    const html = { headers: { accept: 'text/html,*/*;q=0.8' } }
    const username = `<i>${user()}</i>`
    for (const [path, fields] of [
      ['/login', { username, ttl: '60' }],
      ['/increment', {}],
    ] as const) {
      const answer = await post(browser, path, fields, html.headers)
      expect([answer.status, answer.headers.location]).toEqual([303, '/'])
    }
    const page = await browser.get('/', html)
    expect(page.headers['content-type']).toMatch(/^text\/html/)
    expect(page.body).toContain(`&#60;i&#62;${username.slice(3, -4)}&#60;/i&#62;`)
    expect(page.body).not.toContain(username)
    expect(page.body).toMatch(/id="page-views"[^>]*>2</)
    const wrong = await post(browser, '/ttl', { ttl: 'soon' }, html.headers)
    expect([wrong.status, wrong.body]).toEqual([400, expect.stringContaining('TTL must be a whole number')])
    expect((await post(browser, '/logout', {}, html.headers)).status).toBe(303)
    expect((await browser.get('/', html)).body).toContain('Nobody is logged in here.')
  })

  test('another site cannot act for the visitor', async () => {
    const browser = await loggedIn()
    const answer = await post(
      browser,
      '/increment',
      {},
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    )
    expect(answer.status).toBe(403)
    expect(reply(await browser.get('/session')).session?.page_views).toBe('1')
  })

  test('what is nowhere, or too much, is said so', async () => {
    const browser = await loggedIn()
    expect((await browser.get('/nowhere')).status).toBe(404)
    expect((await browser.get('/increment')).status).toBe(404)
    expect((await post(browser, '/login', { username: 'x'.repeat(200_000) })).status).toBe(413)
  })

  test('each action says what it cost, without an ID', async () => {
    const browser = await loggedIn()
    const { commands } = reply(await post(browser, '/increment'))
    expect(commands.map(({ call }) => call)).toEqual(['readSession', 'incrementField'])
    expect(JSON.stringify(commands)).not.toMatch(/[\w-]{40}/)
    const handles = (await inspect(browser)).stored
    expect(handles?.key).toMatch(/^session:[\w-]{6}…$/)
  })

  test('every answer comes with a strict policy', async () => {
    for (const path of ['/', '/session', '/public/base.css', '/nowhere']) {
      const { headers } = await visitor().get(path)
      expect(headers['content-security-policy']).toContain("default-src 'none'")
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers).not.toHaveProperty('x-powered-by')
    }
  })
})

describe('the lifetime that nothing extends', () => {
  test('is shown, and ends the session', async () => {
    const demo = await startDemo('--engine', 'memory', '--absolute-ttl', '2')
    const browser = new Browser(demo.origin)
    const login = await post(browser, '/login', { username: 'andrew', ttl: '60' })
    expect(reply(login)).toMatchObject({ configured_ttl: 60, ttl: 2 })
    expect((await inspect(browser)).stored?.absolute).toMatchObject({ ttl: 2 })
    await eventually('the session to end', async () => reply(await browser.get('/session')).authenticated === false)
    await demo.stop()
  })
})

describe('what others write into the session', () => {
  test('is no reason to fail without a word', async () => {
    const redis = await startRedis()
    const demo = await startDemo('--redis-port', String(redis.port))
    const browser = new Browser(demo.origin)
    await post(browser, '/login', { username: 'andrew', ttl: '60' })
    await redis.cli('HSET', `session:${browser.cookie('sid')}`, 'page_views', 'many')
    const refused = await post(browser, '/increment')
    expect([refused.status, reply(refused).error]).toEqual([
      409,
      'the field "page_views" does not hold a 64-bit integer',
    ])
    expect(reply(await browser.get('/session')).session?.page_views).toBe('many')
    await demo.stop()
    await redis.stop()
  })
})

describe('with hashed IDs', () => {
  test('Redis holds the handle, and redis-cli finds the session by it', async () => {
    const redis = await startRedis()
    const demo = await startDemo('--hash-ids', '--redis-port', String(redis.port))
    const browser = new Browser(demo.origin)
    const { handle } = reply(await post(browser, '/login', { username: 'andrew', ttl: '60' }))
    expect((await redis.cli('KEYS', 'session:*')).split('\n')).toContain(`session:${handle}`)
    expect(await redis.cli('KEYS', `*${browser.cookie('sid')}*`)).toBe('')
    expect((await inspect(browser)).stored?.cli).toEqual([
      `redis-cli -p ${redis.port} HGETALL session:${handle}`,
      `redis-cli -p ${redis.port} TTL session:${handle}`,
    ])
    await demo.stop()
    await redis.stop()
  })
})

describe('while Redis is away', () => {
  test('requests are answered 503, the cookie stays, and all is well when it is back', async () => {
    const redis = await startRedis()
    const demo = await startDemo('--redis-port', String(redis.port))
    const browser = new Browser(demo.origin)
    await post(browser, '/login', { username: 'andrew', ttl: '60' })
    redis.process.kill('SIGSTOP')
    const frozen = await post(browser, '/increment')
    expect([frozen.status, reply(frozen).error]).toEqual([503, 'Redis is not answering'])
    expect(frozen.cookies).toEqual([])
    expect(reply(frozen).commands).toEqual([expect.objectContaining({ call: 'readSession', ms: null })])
    expect((await inspect(browser)).available).toBe(false)
    redis.process.kill('SIGCONT')
    await eventually('Redis to answer again', async () => (await inspect(browser)).available)
    expect(reply(await browser.get('/session')).authenticated).toBe(true)

    await redis.kill()
    await eventually('the connection to be lost', async () => !(await inspect(browser)).available)
    const login = await post(new Browser(demo.origin), '/login', { username: 'andrew', ttl: '60' })
    expect([login.status, reply(login).error, login.cookies]).toEqual([503, 'Redis is not answering', []])
    const page = await browser.get('/', { headers: { accept: 'text/html' } })
    expect([page.status, page.body]).toEqual([503, expect.stringContaining('Redis is not answering')])
    await redis.restart({ empty: true })
    await eventually('Redis to be back', async () => (await inspect(browser)).available)
    expect((await post(browser, '/login', { username: 'andrew' })).status).toBe(200)
    await demo.stop()
    await redis.stop()
  })
})

describe('a start that fails says why in one sentence', () => {
  test.each([
    [['--bogus'], "Unknown option '--bogus'; --help shows what there is."],
    [
      ['--redis-url', 'redis://andrew:secret@localhost:1'],
      'Redis does not answer at localhost:1: nothing listens there.',
    ],
  ])('%j', { concurrent: true }, async (args, sentence) => {
    const { code, stdout, stderr } = await failingStart('--port', '0', ...args)
    expect([code, stdout, stderr]).toEqual([1, '', `${sentence}\n`])
  })

  test('a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const { code, stderr } = await failingStart('--engine', 'memory', '--port', String(port))
    expect([code, stderr]).toEqual([1, `Port ${port} is taken: choose another with --port.\n`])
    taken.close()
  })

  test('a Redis that does not let us in', async () => {
    const redis = await startRedis({ args: ['--requirepass', 'correct'] })
    const { code, stderr } = await failingStart('--redis-url', `redis://:wrong@${redis.host}:${redis.port}`)
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^Redis does not answer at \S+: WRONGPASS [^\n]+\.\n$/)])
    expect(stderr).not.toContain('wrong@')
    await redis.stop()
  })
})

describe('Ctrl-C', () => {
  test('does not wait for a Redis that has gone silent', async () => {
    const redis = await startRedis()
    const demo = await startDemo('--redis-port', String(redis.port))
    redis.process.kill('SIGSTOP')
    const exit = once(demo.process, 'exit')
    demo.process.kill('SIGINT')
    expect(await exit).toEqual([0, null])
    await redis.stop()
  })

  test.each(['--engine memory', 'Redis'])('lets a request end, and then the demo, on %s', async (engine) => {
    const args = engine === 'Redis' ? engines.Redis() : engine.split(' ')
    const demo = await startDemo(...args)
    const browser = new Browser(demo.origin)
    await post(browser, '/login', { username: 'andrew', ttl: '60' })
    const slow = browser.begin('POST', '/work', form({ field: 'race_0', value: 'here', ms: '300' }))
    await eventually('the request to be under way', async () => (await inspect(browser)).available)
    const exit = once(demo.process, 'exit')
    demo.process.kill('SIGINT')
    expect((await slow).statusCode).toBe(200)
    expect(await exit).toEqual([0, null])
  })
})

function form(fields: Record<string, string>, headers: Record<string, string> = {}) {
  const type = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
  return { body: new URLSearchParams(fields).toString(), headers: { ...type, ...headers } }
}

function post(browser: Browser, path: string, fields: Record<string, string> = {}, headers?: Record<string, string>) {
  return browser.post(path, form(fields, headers))
}

function reply(answer: Exchange): Reply {
  return answer.json() as Reply
}

async function inspect(browser: Browser): Promise<Inspection> {
  return (await browser.get('/inspect')).json() as Inspection
}
