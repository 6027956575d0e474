/** How long a session lives: cookie.maxAge, rolling, resave, touch. */
import type { Scenario } from '../support/scenario.ts'
import { done, type Handler, type Open, stored } from './site.ts'

const login: Handler = ({ session }) => {
  session.user = 'andrew'
}
const whoami: Handler = ({ session }) => session.user ?? 'nobody'
const left: Handler = ({ session }) => [session.user ?? 'nobody', session.cookie.maxAge]
const idOf: Handler = ({ sessionID }) => sessionID
const MINUTE = { cookie: { maxAge: 60_000 } }

export const COOKIE: readonly Scenario<Open>[] = [
  {
    name: 'a session ends with its cookie',
    async run(open) {
      const site = await open(MINUTE, { '/login': login, '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      await site.age(59)
      const before = await visitor.copy().see('/')
      await site.age(61)
      return [before, await visitor.see('/')]
    },
    result: ['andrew', 'nobody'],
  },
  ...[true, false].map(
    (resave): Scenario<Open> => ({
      name: `each visit begins its time again, with resave: ${resave}`,
      async run(open) {
        const site = await open({ ...MINUTE, resave }, { '/login': login, '/': left })
        const visitor = site.browser()
        await visitor.get('/login')
        const seen: unknown[] = []
        for (let i = 0; i < 3; i++) {
          await site.age(40)
          seen.push(await visitor.see('/'))
        }
        return seen
      },
      result: [
        ['andrew', 20_000],
        ['andrew', 20_000],
        ['andrew', 20_000],
      ],
    }),
  ),
  {
    name: 'an expiry of false lasts as long as the browser',
    async run(open) {
      const site = await open(MINUTE, {
        '/login': ({ session }) => {
          session.user = 'andrew'
          session.cookie.expires = false as never
        },
        '/save': async ({ session }) => {
          session.views = 1
          await done((callback) => session.save(callback))
        },
        '/': left,
      })
      const visitor = site.browser()
      await visitor.get('/login')
      const touched = [await visitor.see('/'), await visitor.see('/')]
      await visitor.get('/save')
      return [...touched, await visitor.see('/')]
    },
    result: [
      ['andrew', false],
      ['andrew', false],
      ['andrew', false],
    ],
  },
  {
    name: 'the stored expiry moves along with a touch',
    async run(open) {
      const site = await open(MINUTE, { '/login': login, '/id': idOf })
      const visitor = site.browser()
      await visitor.get('/login')
      await site.age(40)
      const id = (await visitor.see('/id')) as string
      const { cookie } = (await stored(site.store, id)) ?? {}
      return [new Date(cookie?.expires as unknown as string).getTime() - Date.now(), cookie?.originalMaxAge]
    },
    result: [60_000, 60_000],
  },
  {
    name: 'a store touched with what it holds begins the time again',
    async run(open) {
      const site = await open(MINUTE, { '/login': login, '/id': idOf, '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      const id = (await visitor.see('/id')) as string
      for (let i = 0; i < 3; i++) {
        await site.age(40)
        const data = await stored(site.store, id)
        if (data === null) break
        await new Promise<void>((resolve) => {
          site.store.touch?.(id, data, resolve)
        })
      }
      return visitor.see('/')
    },
    result: 'andrew',
    original: { result: 'nobody', why: 'its touch takes the expiry as it is; ours honours originalMaxAge' },
  },
  ...[true, false].map(
    (rolling): Scenario<Open> => ({
      name: `a visit that changes nothing gets ${rolling ? 'a cookie' : 'no cookie'} with rolling: ${rolling}`,
      async run(open) {
        const site = await open({ ...MINUTE, rolling }, { '/login': login, '/': whoami })
        const visitor = site.browser()
        const { cookie: first } = await visitor.get('/login')
        await site.age(30)
        const { cookie } = await visitor.get('/')
        return [first !== null, cookie === null ? null : /Expires=/.test(cookie)]
      },
      result: [true, rolling ? true : null],
    }),
  ),
  {
    name: 'a session chooses its own time, and keeps it',
    async run(open) {
      const remember: Handler = ({ session }) => {
        session.user = 'andrew'
        session.cookie.maxAge = 10_000
      }
      const site = await open(MINUTE, { '/login': remember, '/': left })
      const visitor = site.browser()
      await visitor.get('/login')
      await site.age(9)
      const early = await visitor.see('/')
      await site.age(9)
      const late = await visitor.see('/')
      await site.age(11)
      return [early, late, await visitor.see('/')]
    },
    result: [
      ['andrew', 1000],
      ['andrew', 1000],
      ['nobody', 60_000],
    ],
  },
  {
    name: 'a session that asks for a browser-session cookie does not end with the old one',
    async run(open) {
      const forgetful: Handler = ({ session }) => {
        session.user = 'andrew'
        session.cookie.expires = null
      }
      const site = await open(MINUTE, { '/login': forgetful, '/': left })
      const visitor = site.browser()
      const { cookie } = await visitor.get('/login')
      await site.age(600)
      return [cookie?.includes('Expires'), await visitor.see('/')]
    },
    result: [false, ['andrew', null]],
  },
  ...[Number.POSITIVE_INFINITY, Number.NaN].map(
    (maxAge): Scenario<Open> => ({
      name: `a request that does no more than ask for a maxAge of ${maxAge} does not end the session`,
      async run(open) {
        const ask: Handler = ({ session }) => {
          session.cookie.maxAge = maxAge
        }
        const site = await open(MINUTE, { '/login': login, '/ask': ask, '/': whoami })
        const visitor = site.browser()
        await visitor.get('/login')
        const witness = visitor.copy()
        const { status } = await visitor.get('/ask')
        return [status, await witness.see('/')]
      },
      result: [200, 'andrew'],
    }),
  ),
  {
    name: 'session.touch and resetMaxAge begin the time again in the session itself',
    async run(open) {
      const touching: Handler = ({ session }) => [session.cookie.maxAge, session.touch().cookie.maxAge]
      const site = await open(MINUTE, { '/login': login, '/': touching })
      const visitor = site.browser()
      await visitor.get('/login')
      await site.age(40)
      return visitor.see('/')
    },
    result: [20_000, 60_000],
  },
  {
    name: 'a session saved with an expiry in the past is over',
    async run(open) {
      const end: Handler = ({ session }) => {
        session.cookie.maxAge = -1
      }
      const site = await open(MINUTE, { '/login': login, '/end': end, '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      const witness = visitor.copy()
      await visitor.get('/end')
      return witness.see('/')
    },
    result: 'nobody',
  },
  {
    name: 'the cookie comes back as it was',
    async run(open) {
      const cookie = { path: '/', httpOnly: false, sameSite: 'lax', domain: '127.0.0.1', maxAge: 60_000 } as const
      const site = await open({ cookie }, { '/login': login, '/': ({ session }) => session.cookie })
      const visitor = site.browser()
      await visitor.get('/login')
      const { expires: _, ...rest } = (await visitor.see('/')) as Record<string, unknown>
      return rest
    },
    result: { originalMaxAge: 60_000, path: '/', httpOnly: false, sameSite: 'lax', domain: '127.0.0.1' },
  },
]
