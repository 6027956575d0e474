/** Unsafe requests with a live session come from our own origin, or not at all. */
import { describe, expect, test } from 'vitest'
import type { Browser } from '../../support/http/browser.ts'
import type { Routes } from '../adapter.ts'
import { type Bench, countSessions } from '../site.ts'

const routes: Routes = {
  'GET /who': ({ session }) => ({ json: session.get('username') ?? null }),
  'GET /change': ({ session }) => {
    session.set('changed', 'yes')
    return { json: 'changed' }
  },
  'POST /login': ({ session }) => {
    session.set('username', 'andrew')
    return { json: 'ok' }
  },
  'POST /change': ({ session }) => {
    session.set('changed', 'yes')
    return { json: 'changed' }
  },
}

const EVIL = 'https://evil.example'
const PARTNER = 'https://partner.example'

interface Case {
  readonly site?: string | undefined
  readonly origin?: string | undefined
  readonly status: number
}

/** Headers as a browser sends them; `OWN` stands for our own origin. */
const CASES: readonly [name: string, each: (own: string) => Case][] = [
  ['same-origin', (own) => ({ site: 'same-origin', origin: own, status: 200 })],
  ['same-origin, without Origin', () => ({ site: 'same-origin', status: 200 })],
  ['from the address bar', () => ({ site: 'none', status: 200 })],
  ['same-site', () => ({ site: 'same-site', origin: EVIL, status: 403 })],
  ['same-site, without Origin', () => ({ site: 'same-site', status: 403 })],
  ['cross-site', () => ({ site: 'cross-site', origin: EVIL, status: 403 })],
  ['cross-site, with our Origin', (own) => ({ site: 'cross-site', origin: own, status: 403 })],
  ['cross-site, without Origin', () => ({ site: 'cross-site', status: 403 })],
  ['an unknown Sec-Fetch-Site', (own) => ({ site: 'sideways', origin: own, status: 403 })],
  ['an empty Sec-Fetch-Site', (own) => ({ site: '', origin: own, status: 403 })],
  ['our Origin, without Sec-Fetch-Site', (own) => ({ origin: own, status: 200 })],
  ['another Origin, without Sec-Fetch-Site', () => ({ origin: EVIL, status: 403 })],
  ['another port, without Sec-Fetch-Site', () => ({ origin: 'http://127.0.0.1:1', status: 403 })],
  ['our host as a prefix', (own) => ({ origin: `${own}.evil.example`, status: 403 })],
  ['Origin null, without Sec-Fetch-Site', () => ({ origin: 'null', status: 403 })],
  ['an empty Origin, without Sec-Fetch-Site', () => ({ origin: '', status: 403 })],
  ['neither header', () => ({ status: 200 })],
]

function send(visitor: Browser, { site, origin }: Case, path = '/change') {
  return visitor.post(path, { headers: { 'sec-fetch-site': site, origin } })
}

export function describeOrigin({ open }: Bench): void {
  describe('the origin check', () => {
    test.each(CASES)('V3.5.1 an unsafe request: %s', async (_, caseOf) => {
      const { browser, store, errors } = await open(routes)
      const visitor = browser()
      await visitor.post('/login')
      const each = caseOf(visitor.origin)
      const answer = await send(visitor, each)
      expect(answer.status).toBe(each.status)
      const session = await store.getSession(visitor.cookie('sid') as string)
      expect(session?.changed).toBe(each.status === 200 ? 'yes' : undefined)
      if (each.status === 200) return
      expect(answer.json()).toEqual({ error: 'SOJOURN_CROSS_ORIGIN' })
      expect([answer.cookies, answer.headers['cache-control']]).toEqual([[], 'no-store'])
      expect(errors).toEqual([expect.objectContaining({ name: 'CrossOriginError', status: 403 })])
    })

    test('V3.5.1 a trusted origin may, from wherever the browser says it is; others may not', async () => {
      const { browser } = await open(routes, { trustedOrigins: [PARTNER] })
      const visitor = browser()
      await visitor.post('/login')
      for (const site of ['cross-site', 'same-site', undefined]) {
        expect((await send(visitor, { site, origin: PARTNER, status: 200 })).status).toBe(200)
        expect((await send(visitor, { site, origin: EVIL, status: 403 })).status).toBe(403)
        expect((await send(visitor, { site, origin: `${PARTNER}:444`, status: 403 })).status).toBe(403)
      }
    })

    test('V3.5.1 safe requests, and requests without a live session, are not asked', async () => {
      const { browser, store } = await open(routes)
      const visitor = browser()
      const foreign = { headers: { 'sec-fetch-site': 'cross-site', origin: EVIL } }
      expect((await browser().post('/change', foreign)).status).toBe(200)
      await visitor.post('/login')
      expect((await visitor.get('/change', foreign)).status).toBe(200)
      expect((await visitor.send('HEAD', '/change', foreign)).status).toBe(200)
      expect((await visitor.get('/who', foreign)).json()).toBe('andrew')
      await store.deleteSession(visitor.cookie('sid') as string)
      expect((await visitor.post('/change', foreign)).status).toBe(200)
    })

    test('V3.5.1 can be switched off', async () => {
      const { browser } = await open(routes, { checkOrigin: false })
      const visitor = browser()
      await visitor.post('/login')
      expect((await send(visitor, { site: 'cross-site', origin: EVIL, status: 200 })).status).toBe(200)
    })

    test('V3.5.1 over TLS, own is what the Host header says', async () => {
      const { browser } = await open(routes, { tls: true })
      const visitor = browser()
      await visitor.post('/login')
      expect((await send(visitor, { origin: visitor.origin, status: 200 })).status).toBe(200)
      expect((await send(visitor, { origin: EVIL, status: 403 })).status).toBe(403)
      const forged = { origin: EVIL, 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
      expect((await visitor.post('/change', { headers: { ...forged, 'sec-fetch-site': undefined } })).status).toBe(403)
    })

    test('V3.5.1 a refused request is answered 403 by the framework alone, too', async () => {
      const { browser } = await open(routes, { plainErrors: true })
      const visitor = browser()
      await visitor.post('/login')
      const { status, cookies } = await send(visitor, { site: 'cross-site', origin: EVIL, status: 403 })
      expect([status, cookies]).toEqual([403, []])
      expect((await visitor.get('/who')).json()).toBe('andrew')
    })

    test('V3.5.1 a lazy session is checked when it is loaded, and lets nothing through after a refusal', async () => {
      const codes: unknown[] = []
      const code = (error: unknown) => (error as { code: string }).code
      const { browser, store } = await open(
        {
          ...routes,
          'POST /login': async ({ session }) => {
            await session.load()
            session.set('username', 'andrew')
            return { json: 'ok' }
          },
          'POST /change': async ({ session }) => {
            await session.load().catch((error) => codes.push(code(error)))
            try {
              session.set('changed', 'yes')
            } catch (error) {
              codes.push(code(error))
            }
            await session.increment('changed').catch((error) => codes.push(code(error)))
            await session.rotate().catch((error) => codes.push(code(error)))
            await session.destroy().catch((error) => codes.push(code(error)))
            return { json: 'went on' }
          },
        },
        { lazy: true },
      )
      const visitor = browser()
      await visitor.post('/login')
      expect((await send(visitor, { site: 'cross-site', origin: EVIL, status: 200 })).json()).toBe('went on')
      expect(codes).toEqual(Array.from({ length: 5 }, () => 'SOJOURN_CROSS_ORIGIN'))
      expect((await store.getSession(visitor.cookie('sid') as string))?.changed).toBeUndefined()
      expect(await countSessions(store)).toBe(1)
    })

    test('V3.5.1 a lazy session is checked before it is counted in', async () => {
      const { browser, store } = await open(
        {
          ...routes,
          'POST /login': async ({ session }) => {
            await session.rotate({ data: { username: 'andrew' } })
            return { json: 'ok' }
          },
          'POST /change': async ({ session }) => ({ json: await session.increment('changed') }),
        },
        { lazy: true },
      )
      const visitor = browser()
      await visitor.post('/login')
      await send(visitor, { site: 'cross-site', origin: EVIL, status: 403 })
      expect((await store.getSession(visitor.cookie('sid') as string))?.changed).toBeUndefined()
    })
  })
}
