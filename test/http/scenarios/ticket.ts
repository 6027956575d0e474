/** The cookie, and the ID in it: handed out, moved, taken back, and never believed. */
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Exchange } from '../../support/http/client.ts'
import type { Routes } from '../adapter.ts'
import { type Bench, countSessions } from '../site.ts'

const routes: Routes = {
  'GET /who': ({ session }) => ({
    json: { username: session.get('username') ?? null, cart: session.get('cart') ?? null },
  }),
  'GET /plain': () => ({ text: 'nobody looked at the session' }),
  'POST /cart': ({ session, query }) => {
    session.set('cart', query.get('item') as string)
    return { json: 'added' }
  },
  'POST /login': async ({ session, query }) => {
    await session.rotate({ authenticated: true })
    session.set('username', query.get('username') as string)
    return { json: { ok: true } }
  },
  'POST /sudo': async ({ session }) => {
    await session.rotate()
    await session.rotate({ data: { sudo: 'yes' } })
    return { json: { ok: true } }
  },
  'POST /logout': async ({ session }) => {
    await session.destroy()
    return { json: { ok: true } }
  },
}

const unknownId = () => randomBytes(32).toString('base64url')
const vary = ({ headers }: Exchange) => headers.vary

export function describeTicket({ open }: Bench): void {
  describe('the ticket', () => {
    test('V7.2.4 a login moves the session to a new ID, keeps its data, and ends the old ID at once', async () => {
      const { browser, store } = await open(routes)
      const visitor = browser()
      await visitor.post('/cart?item=apple')
      const before = visitor.copy()
      const login = await visitor.post('/login?username=andrew')
      expect(login.cookies).toHaveLength(1)
      expect(visitor.cookie('sid')).not.toBe(before.cookie('sid'))
      expect((await visitor.get('/who')).json()).toEqual({ username: 'andrew', cart: 'apple' })
      expect((await before.get('/who')).json()).toEqual({ username: null, cart: null })
      expect(await countSessions(store)).toBe(1)
    })

    test('a cookie that opens nothing is taken back when a page is opened, and stays when one fetches something', async () => {
      const { browser } = await open(routes)
      const visitor = browser()
      await visitor.post('/cart?item=apple')
      await visitor.copy().post('/logout')
      const asked = (mode: string | undefined) => visitor.get('/who', { headers: { 'sec-fetch-mode': mode } })
      for (const mode of ['cors', 'no-cors', undefined]) expect((await asked(mode)).cookies).toEqual([])
      const page = await asked('navigate')
      expect([page.status, page.headers['cache-control']]).toEqual([200, 'no-store'])
      expect(page.cookies).toEqual([expect.stringContaining('Max-Age=0')])
      expect(visitor.cookie('sid')).toBe(undefined)
      expect((await asked('navigate')).cookies).toEqual([])
    })

    test('a page that finds nothing and stores something keeps what it is given', async () => {
      const { browser } = await open(routes)
      const visitor = browser()
      visitor.plant(`sid=${unknownId()}; Path=/`)
      const { cookies } = await visitor.post('/cart?item=pear', { headers: { 'sec-fetch-mode': 'navigate' } })
      expect(cookies).toEqual([expect.stringContaining(`sid=${visitor.cookie('sid')}`)])
      expect((await visitor.get('/who')).json()).toMatchObject({ cart: 'pear' })
    })

    test("V7.2.4 an attacker's ID in the victim's browser is worth nothing after the victim's login", async () => {
      const { browser } = await open(routes)
      const attacker = browser()
      await attacker.post('/cart?item=bait')
      const victim = browser()
      victim.plant(`sid=${attacker.cookie('sid')}; Path=/`)
      await victim.post('/login?username=victim')
      expect((await victim.get('/who')).json()).toMatchObject({ username: 'victim' })
      expect((await attacker.get('/who')).json()).toEqual({ username: null, cart: null })
      await attacker.post('/cart?item=again')
      expect((await victim.get('/who')).json()).toMatchObject({ cart: 'bait' })
    })

    test('V7.2.4 a login of one person over the session of another leaves nothing under the first ID', async () => {
      const { browser } = await open(routes)
      const one = browser()
      await one.post('/login?username=one')
      const other = browser()
      await other.post('/login?username=other')
      const stolen = one.cookie('sid')
      other.plant(`sid=${stolen}; Path=/`)
      await other.post('/login?username=other')
      expect((await other.get('/who')).json()).toMatchObject({ username: 'other' })
      expect((await one.get('/who')).json()).toMatchObject({ username: null })
    })

    test('V7.4.1 a logout ends the session, takes the cookie back, and a replay of it is nobody', async () => {
      const { browser, store } = await open(routes)
      const visitor = browser()
      await visitor.post('/login?username=andrew')
      const thief = visitor.copy()
      const logout = await visitor.post('/logout')
      expect(logout.cookies).toEqual([
        'sid=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; HttpOnly; SameSite=Lax',
      ])
      expect(logout.headers['cache-control']).toBe('no-store')
      expect(visitor.cookie('sid')).toBeUndefined()
      expect((await visitor.get('/who')).json()).toMatchObject({ username: null })
      expect((await thief.get('/who')).json()).toMatchObject({ username: null })
      expect(await countSessions(store)).toBe(0)
    })

    test('CVE-2024-38513 an ID that we did not issue is never adopted', async () => {
      const { browser, probe, store } = await open(routes)
      const visitor = browser()
      const forced = unknownId()
      visitor.plant(`sid=${forced}; Path=/`)
      const { cookies } = await visitor.get('/who')
      expect(cookies).toEqual([])
      expect(await countSessions(store)).toBe(0)
      await visitor.post('/cart?item=apple')
      expect(visitor.cookie('sid')).toMatch(/^[\w-]{43}$/)
      expect(visitor.cookie('sid')).not.toBe(forced)
      expect(await store.getSession(forced)).toBe(null)
      expect(probe.calls().map(([method]) => method)).toEqual(['readSession', 'readSession', 'createSession'])
    })

    test('V1.2.1 a malformed or huge cookie is no ticket, and costs nothing', async () => {
      const { browser, probe } = await open(routes)
      const malformed = [
        '',
        '""',
        'x'.repeat(8000),
        `${'A'.repeat(42)}B`,
        `${'A'.repeat(44)}`,
        '../../etc',
        '{a}',
        '%00',
      ]
      for (const value of malformed) {
        const { status, body, cookies } = await browser().get('/who', { headers: { cookie: `sid=${value}` } })
        expect([status, JSON.parse(body), cookies]).toEqual([200, { username: null, cart: null }, []])
      }
      expect(probe.calls()).toEqual([])
    })

    test('RFC 6265bis of two cookies under our name none is used, and names match to the letter', async () => {
      const { browser, probe } = await open(routes)
      const visitor = browser()
      await visitor.post('/login?username=andrew')
      const id = visitor.cookie('sid')
      probe.calls()
      for (const cookie of [
        `sid=${id}; sid=${unknownId()}`,
        `sid=${unknownId()}; other=1; sid=${id}`,
        `sid=${id}; sid=`,
        `SID=${id}`,
        `s%69d=${id}`,
        `=sid=${id}`,
        `xsid=${id}`,
        `sid =${id}`,
        `sid="${id}"`,
      ]) {
        const { body } = await browser().get('/who', { headers: { cookie } })
        expect(JSON.parse(body)).toMatchObject({ username: null })
      }
      expect(probe.calls()).toEqual([])
      const { body } = await browser().get('/who', { headers: { cookie: `a=1; sid=${id} ; b=2` } })
      expect(JSON.parse(body)).toMatchObject({ username: 'andrew' })
    })

    test('V14.2.1 the ticket is taken from the cookie only, and is never in what is sent beside it', async () => {
      const { browser, probe } = await open({
        ...routes,
        'POST /go': async ({ session }) => {
          await session.rotate()
          return { redirect: '/who' }
        },
      })
      const visitor = browser()
      await visitor.post('/login?username=andrew')
      const id = visitor.cookie('sid') as string
      probe.calls()
      const elsewhere = { authorization: `Bearer ${id}`, 'x-session-id': id, referer: `http://a/?sid=${id}` }
      const { body } = await browser().get(`/who?sid=${id}`, { headers: elsewhere })
      expect(JSON.parse(body)).toMatchObject({ username: null })
      await browser().post('/cart?item=a', {
        body: `sid=${id}`,
        headers: { 'content-type': 'text/plain' },
      })
      expect(probe.calls().map(([method]) => method)).toEqual(['createSession'])

      const { headers, cookies, body: page } = await visitor.post('/go')
      const issued = visitor.cookie('sid') as string
      expect(headers.location).toMatch(/\/who$/)
      expect(cookies).toEqual([expect.stringContaining(issued)])
      delete headers['set-cookie']
      expect(JSON.stringify([headers, page])).not.toMatch(new RegExp(`${id}|${issued}`))
    })

    test('RFC 6265bis two rotations in one request are one Set-Cookie', async () => {
      const { browser, store } = await open(routes)
      const visitor = browser()
      await visitor.post('/cart?item=apple')
      const { cookies } = await visitor.post('/sudo')
      expect(cookies).toEqual([`sid=${visitor.cookie('sid')}; Path=/; HttpOnly; SameSite=Lax`])
      expect({ ...(await store.getSession(visitor.cookie('sid') as string)) }).toMatchObject({
        cart: 'apple',
        sudo: 'yes',
      })
      expect(await countSessions(store)).toBe(1)
    })

    test('V14.3.2 Set-Cookie only when the ticket changed, with no-store; Vary when the session was looked at', async () => {
      const { browser } = await open(routes)
      const visitor = browser()
      const first = await visitor.post('/cart?item=apple')
      expect([first.cookies.length, first.headers['cache-control'], vary(first)]).toEqual([1, 'no-store', 'Cookie'])
      const second = await visitor.post('/cart?item=pear')
      expect([second.cookies.length, second.headers['cache-control'], vary(second)]).toEqual([0, undefined, 'Cookie'])
      const read = await visitor.get('/who')
      expect([read.cookies.length, read.headers['cache-control'], vary(read)]).toEqual([0, undefined, 'Cookie'])
      const plain = await visitor.get('/plain')
      expect([plain.cookies.length, plain.headers['cache-control'], vary(plain)]).toEqual([0, undefined, undefined])
      const anonymous = await browser().get('/who')
      expect([anonymous.cookies.length, vary(anonymous)]).toEqual([0, 'Cookie'])
    })

    test('V14.3.2 what the handler says of caching and of Vary is kept, or overruled where it would leak', async () => {
      const headers = { 'Cache-Control': 'public, max-age=60', Vary: 'Accept-Encoding' }
      const { browser } = await open({
        ...routes,
        'GET /page': ({ session }) => ({ json: session.get('cart') ?? null, headers }),
        'GET /begin': ({ session }) => {
          session.set('begun', 'yes')
          return { json: 'ok', headers }
        },
        'GET /star': ({ session }) => ({ json: session.isNew, headers: { Vary: '*' } }),
        'GET /twice': ({ session }) => ({ json: session.isNew, headers: { Vary: 'cookie, Accept' } }),
      })
      const page = await browser().get('/page')
      expect([page.headers['cache-control'], vary(page)]).toEqual(['public, max-age=60', 'Accept-Encoding, Cookie'])
      const begun = await browser().get('/begin')
      expect([begun.headers['cache-control'], vary(begun)]).toEqual(['no-store', 'Accept-Encoding, Cookie'])
      expect(vary(await browser().get('/star'))).toBe('*')
      expect(vary(await browser().get('/twice'))).toBe('cookie, Accept')
    })

    test("a handler's own cookies stay beside ours", async () => {
      const { browser } = await open({
        'POST /begin': ({ session }) => {
          session.set('begun', 'yes')
          return { json: 'ok', headers: { 'Set-Cookie': 'theme=dark; Path=/' } }
        },
      })
      const visitor = browser()
      const { cookies } = await visitor.post('/begin')
      expect([...cookies].sort()).toEqual([
        `sid=${visitor.cookie('sid')}; Path=/; HttpOnly; SameSite=Lax`,
        'theme=dark; Path=/',
      ])
    })

    test('V3.3.1 V3.3.2 V3.3.4 over TLS the cookie is Secure, HttpOnly, SameSite=Lax and host-only by default', async () => {
      const { browser, store } = await open(routes, { tls: true })
      const visitor = browser()
      const { cookies } = await visitor.post('/login?username=andrew')
      expect(cookies).toEqual([`sid=${visitor.cookie('sid')}; Path=/; HttpOnly; Secure; SameSite=Lax`])
      expect((await visitor.get('/who')).json()).toMatchObject({ username: 'andrew' })
      await visitor.post('/logout')
      expect(visitor.cookie('sid')).toBeUndefined()
      expect(await countSessions(store)).toBe(0)
    })

    test('V4.1.3 without TLS a Secure cookie stays Secure, whatever a forged X-Forwarded-Proto says', async () => {
      const { browser } = await open(routes, { cookie: { secure: true } })
      for (const proto of [undefined, 'https', 'http']) {
        const visitor = browser()
        const { cookies } = await visitor.post('/cart?item=a', { headers: { 'x-forwarded-proto': proto } })
        expect(cookies).toEqual([expect.stringMatching(/^sid=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/)])
        expect(visitor.cookie('sid')).toBeUndefined()
      }
    })

    test('V3.3.3 a __Host- cookie works over TLS, and only there', async () => {
      const cookie = { name: '__Host-sid' }
      const { browser } = await open(routes, { tls: true, cookie })
      const visitor = browser()
      await visitor.post('/login?username=andrew')
      expect((await visitor.get('/who')).json()).toMatchObject({ username: 'andrew' })
      const { body } = await browser().get('/who', {
        headers: { cookie: `__host-sid=${visitor.cookie('__Host-sid')}` },
      })
      expect(JSON.parse(body)).toMatchObject({ username: null })
      await visitor.post('/logout')
      expect(visitor.cookie('__Host-sid')).toBeUndefined()
    })

    test('RFC 6265bis a deletion mirrors path, domain and flags, so that a browser drops the cookie', async () => {
      const cookie = { path: '/app', sameSite: 'strict', httpOnly: false, partitioned: true } as const
      const at = (path: string) =>
        Object.fromEntries(Object.entries(routes).map(([route, handle]) => [route.replace(' ', ` ${path}`), handle]))
      const { browser } = await open(at('/app'), { tls: true, cookie })
      const visitor = browser()
      await visitor.post('/app/cart?item=a')
      expect(visitor.cookie('sid', '/app/who')).toMatch(/^[\w-]{43}$/)
      const { cookies } = await visitor.post('/app/logout')
      expect(cookies).toEqual([
        'sid=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/app; Secure; SameSite=Strict; Partitioned',
      ])
      expect(visitor.cookie('sid', '/app/who')).toBeUndefined()
    })

    test('a maxAge is sent with the ticket; one that follows the TTL is sent again with each use', async () => {
      const fixed = await open(routes, { cookie: { maxAge: 600 } })
      const visitor = fixed.browser()
      const first = await visitor.post('/cart?item=a')
      expect(first.cookies).toEqual([`sid=${visitor.cookie('sid')}; Max-Age=600; Path=/; HttpOnly; SameSite=Lax`])
      expect((await visitor.get('/who')).cookies).toEqual([])

      const following = await open(
        { ...routes, 'POST /ttl': ({ session }) => (session.setTtl(99), { json: session.ttl }) },
        { cookie: { maxAge: 'ttl' }, storeOptions: { ttl: 700 } },
      )
      const other = following.browser()
      await other.post('/cart?item=a')
      const cookie = (ttl: number) => [`sid=${other.cookie('sid')}; Max-Age=${ttl}; Path=/; HttpOnly; SameSite=Lax`]
      const used = await other.get('/who')
      expect([used.cookies, used.headers['cache-control']]).toEqual([cookie(700), 'no-store'])
      expect((await other.get('/plain')).cookies).toEqual([])
      expect((await other.post('/ttl')).cookies).toEqual(cookie(99))
      expect((await other.get('/who')).cookies).toEqual(cookie(99))
    })

    test('V14.3.1 Clear-Site-Data goes with a logout, where that is wanted', async () => {
      const { browser } = await open(routes, { clearSiteData: ['cache', 'storage'] })
      const visitor = browser()
      expect((await visitor.post('/login?username=andrew')).headers['clear-site-data']).toBeUndefined()
      expect((await visitor.post('/logout')).headers['clear-site-data']).toBe('"cache", "storage"')
      expect((await visitor.post('/logout')).headers['clear-site-data']).toBeUndefined()
    })

    test('a logout with an expired session still takes the cookie back', async () => {
      const { browser, store } = await open(routes)
      const visitor = browser()
      await visitor.post('/login?username=andrew')
      await store.deleteSession(visitor.cookie('sid') as string)
      expect((await visitor.get('/who')).cookies).toEqual([])
      await visitor.post('/logout')
      expect(visitor.cookie('sid')).toBeUndefined()
      expect((await visitor.post('/logout')).cookies).toEqual([])
    })

    test('a session that was destroyed takes no more changes', async () => {
      const caught: unknown[] = []
      const attempt = async (work: () => unknown) => {
        try {
          await work()
        } catch (error) {
          caught.push((error as { code: string }).code)
        }
      }
      const { browser, store } = await open({
        ...routes,
        'POST /after': async ({ session }) => {
          await session.destroy()
          await attempt(() => session.set('a', '1'))
          await attempt(() => session.delete('a'))
          await attempt(() => session.increment('a'))
          await attempt(() => session.rotate())
          await attempt(() => session.setTtl(5))
          await attempt(() => session.csrfToken())
          await attempt(() => session.flash('a', 'b'))
          await session.destroy()
          return { json: [session.get('cart') ?? null, session.isNew, session.handle, [...session.entries()]] }
        },
      })
      const visitor = browser()
      await visitor.post('/cart?item=a')
      expect((await visitor.post('/after')).json()).toEqual([null, false, null, []])
      expect(caught).toEqual(Array.from({ length: 7 }, () => 'SOJOURN_SESSION_DESTROYED'))
      expect(visitor.cookie('sid')).toBeUndefined()
      expect(await countSessions(store)).toBe(0)
    })

    test('a rotation of a session that is not stored yet gives it a new ID with its first data', async () => {
      const { browser, store } = await open(routes)
      const visitor = browser()
      await visitor.post('/login?username=andrew')
      expect(await countSessions(store)).toBe(1)
      expect((await visitor.get('/who')).json()).toMatchObject({ username: 'andrew' })
      const nobody = browser()
      const { cookies } = await nobody.post('/sudo')
      expect(cookies).toHaveLength(1)
    })

    test('two managers with different cookies keep two sessions apart', async () => {
      const { browser, probe } = await open(
        {
          'POST /both': ({ session, second }) => {
            session.set('who', 'first')
            second.set('who', 'second')
            return { json: 'ok' }
          },
          'GET /both': ({ session, second }) => ({ json: [session.get('who') ?? null, second.get('who') ?? null] }),
          'POST /leave': async ({ second }) => {
            await second.destroy()
            return { json: 'ok' }
          },
        },
        { second: { cookie: { name: 'admin', path: '/' } } },
      )
      const visitor = browser()
      const { cookies, headers } = await visitor.post('/both')
      expect(cookies).toHaveLength(2)
      expect(headers.vary).toBe('Cookie')
      expect(visitor.cookie('admin')).not.toBe(visitor.cookie('sid'))
      expect((await visitor.get('/both')).json()).toEqual(['first', 'second'])
      probe.calls()
      await visitor.post('/leave')
      expect((await visitor.get('/both')).json()).toEqual(['first', null])
    })
  })
}
