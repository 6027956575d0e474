/** How long a session lives: cookie.maxAge, rolling, touch, options. */
import type { Scenario } from '../support/scenario.ts'
import { type Handler, type Open, stored } from './site.ts'

const login: Handler = ({ session }) => {
  session.user = 'andrew'
}
const whoami: Handler = ({ session }) => session.user ?? 'nobody'
const idOf: Handler = ({ session }) => session.sessionId
const MINUTE = { cookie: { maxAge: 60_000 } }

export const COOKIE: readonly Scenario<Open>[] = [
  {
    name: 'a session ends with its cookie, and its visitor gets a new one',
    async run(open) {
      const site = await open(MINUTE, { '/login': login, '/id': idOf, '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      const id = await visitor.see('/id')
      await site.age(59)
      const before = await visitor.copy().see('/')
      await site.age(61)
      return [before, await visitor.copy().see('/'), (await visitor.see('/id')) === id]
    },
    result: ['andrew', 'nobody', false],
  },
  {
    name: 'by default each visit begins its time again, with a cookie',
    async run(open) {
      const site = await open(MINUTE, { '/login': login, '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      const seen: unknown[] = []
      for (let i = 0; i < 3; i++) {
        await site.age(40)
        const { body, cookie } = await visitor.get('/')
        seen.push(body, cookie !== null)
      }
      return seen
    },
    result: ['andrew', true, 'andrew', true, 'andrew', true],
  },
  {
    name: 'with rolling: false only a change does',
    async run(open) {
      const change: Handler = ({ session }) => void (session.views = (session.views ?? 0) + 1)
      const site = await open({ ...MINUTE, rolling: false }, { '/login': login, '/change': change, '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      await site.age(40)
      const changed = await visitor.get('/change')
      await site.age(40)
      const looked = await visitor.get('/')
      await site.age(40)
      return [changed.cookie !== null, looked.cookie !== null, looked.body, await visitor.see('/')]
    },
    result: [true, false, 'andrew', 'nobody'],
  },
  {
    name: 'a session without an expiry is there as long as somebody comes, with rolling: false, too',
    async run(open) {
      const site = await open({ rolling: false }, { '/login': login, '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      for (let i = 0; i < 3; i++) {
        await site.age(1700)
        await visitor.get('/')
      }
      return visitor.see('/')
    },
    result: 'andrew',
  },
  {
    name: 'the stored expiry moves along',
    async run(open) {
      const site = await open(MINUTE, { '/login': login, '/id': idOf })
      const visitor = site.browser()
      await visitor.get('/login')
      await site.age(40)
      const id = (await visitor.see('/id')) as string
      const { cookie } = (await stored(site.store, id)) ?? {}
      return [new Date(cookie?.expires as Date).getTime() - Date.now(), cookie?.originalMaxAge]
    },
    result: [60_000, 60_000],
  },
  {
    name: 'options give a session a time of its own',
    async run(open) {
      const short: Handler = ({ session }) => {
        session.user = 'andrew'
        session.options({ maxAge: 10_000 })
      }
      const site = await open(MINUTE, { '/login': short, '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      await site.age(9)
      const early = await visitor.see('/')
      await site.age(9)
      const late = await visitor.see('/')
      await site.age(11)
      return [early, late, await visitor.see('/')]
    },
    result: ['andrew', 'andrew', 'nobody'],
  },
  {
    name: 'touch begins the time of the cookie again',
    async run(open) {
      const touching: Handler = async ({ session }) => {
        session.touch()
        await session.save()
        return session.cookie.expires?.getTime() === Date.now() + 60_000
      }
      const site = await open({ ...MINUTE, rolling: false }, { '/login': login, '/touch': touching, '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      await site.age(40)
      const touched = await visitor.see('/touch')
      await site.age(40)
      return [touched, await visitor.see('/')]
    },
    result: [true, 'andrew'],
  },
  {
    name: 'the cookie comes back as it was',
    async run(open) {
      const cookie = { httpOnly: false, sameSite: 'lax', domain: '127.0.0.1', maxAge: 60_000 } as const
      const site = await open({ cookie }, { '/login': login, '/': ({ session }) => session.cookie })
      const visitor = site.browser()
      await visitor.get('/login')
      const { sameSite, httpOnly, domain, path, secure, originalMaxAge } = (await visitor.see('/')) as typeof cookie & {
        path: string
        secure: boolean
        originalMaxAge: number
      }
      return { sameSite, httpOnly, domain, path, secure, originalMaxAge }
    },
    result: {
      sameSite: 'lax',
      httpOnly: false,
      domain: '127.0.0.1',
      path: '/',
      secure: false,
      originalMaxAge: 60_000,
    },
  },
]
