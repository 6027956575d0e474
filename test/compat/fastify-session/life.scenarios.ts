/** What the README of @fastify/session says of a session's life, one visitor at a time. */
import type { Scenario } from '../support/scenario.ts'
import { end, type Handler, type Open, stored } from './site.ts'

const login: Handler = ({ session }) => {
  session.user = 'andrew'
}
const whoami: Handler = ({ session }) => session.user ?? 'nobody'
const idOf: Handler = ({ session }) => session.sessionId
const saved: Handler = ({ session }) => [session.isModified(), session.isSaved()]

/** What the application has put there. */
const own: Handler = ({ session }) => ({ ...session, cookie: undefined })

/** Properties whose names mean something in the hash, and other odd ones. */
const ODD = { created_at: 0, session_ttl: 1, 'sojourn:deadline': 2, 'property:x': 3, '': 4, ключ: 5 }

export const LIFE: readonly Scenario<Open>[] = [
  {
    name: 'a session is kept between requests',
    async run(open) {
      const site = await open({}, { '/login': login, '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      return [await visitor.see('/'), await site.browser().see('/')]
    },
    result: ['andrew', 'nobody'],
  },
  {
    name: 'a session is kept by requests with a body',
    async run(open) {
      const site = await open({}, { '/login': login, '/': ({ body, session }) => [body, session.user] })
      const visitor = site.browser()
      await visitor.get('/login')
      const headers = { 'content-type': 'application/json' }
      const { body } = await visitor.browser.post('/', { body: '{"a":1}', headers })
      return JSON.parse(body)
    },
    result: [{ a: 1 }, 'andrew'],
  },
  ...[true, false].map(
    (saveUninitialized): Scenario<Open> => ({
      name: `a new session that nobody has touched, with saveUninitialized: ${saveUninitialized}`,
      async run(open) {
        const site = await open({ saveUninitialized }, { '/': idOf })
        const { body, cookie } = await site.browser().get('/')
        return [cookie !== null, (await stored(site.store, body as string)) != null]
      },
      result: [saveUninitialized, saveUninitialized],
    }),
  ),
  {
    name: 'changes deep inside and removals are saved, and every kind of JSON comes back',
    async run(open) {
      const site = await open(
        {},
        {
          '/fill': ({ session }) => {
            const mixed = [null, true, -1.5, 'é🎈\0"', { deep: [[]] }]
            Object.assign(session, { cart: { items: ['tea'] }, user: 'andrew', views: 0, mixed })
          },
          '/change': ({ session }) => {
            session.cart?.items.push('cake')
            delete session.user
          },
          '/': own,
        },
      )
      const visitor = site.browser()
      await visitor.get('/fill')
      await visitor.get('/change')
      return visitor.see('/')
    },
    result: { cart: { items: ['tea', 'cake'] }, views: 0, mixed: [null, true, -1.5, 'é🎈\0"', { deep: [[]] }] },
  },
  {
    name: 'any name can be used, those of the data model included',
    async run(open) {
      const site = await open(
        {},
        {
          '/fill': ({ session }) => void Object.assign(session, ODD),
          '/drop': ({ session }) => void Reflect.deleteProperty(session, 'created_at'),
          '/': own,
        },
      )
      const visitor = site.browser()
      await visitor.get('/fill')
      const filled = await visitor.see('/')
      await visitor.get('/drop')
      return [filled, await visitor.see('/')]
    },
    result: [ODD, { session_ttl: 1, 'sojourn:deadline': 2, 'property:x': 3, '': 4, ключ: 5 }],
  },
  {
    name: 'set, get, isModified and isSaved',
    async run(open) {
      const site = await open(
        {},
        {
          '/': async ({ session }) => {
            const untouched = [session.isModified(), session.isSaved()]
            session.set('views', 1)
            const modified = [session.get('views'), session.isModified(), session.isSaved()]
            await session.save()
            return [untouched, modified, [session.isModified(), session.isSaved()]]
          },
          '/again': saved,
        },
      )
      const visitor = site.browser()
      return [await visitor.see('/'), await visitor.see('/again')]
    },
    result: [
      [
        [false, false],
        [1, true, false],
        [false, true],
      ],
      [false, false],
    ],
  },
  {
    name: 'an ID that the store does not know is not adopted',
    async run(open) {
      const site = await open({}, { '/login': login, '/id': idOf, '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      const id = (await visitor.see('/id')) as string
      await end(site.store, id)
      const user = await visitor.see('/')
      await visitor.get('/login')
      return [user, (await visitor.see('/id')) === id, await visitor.see('/')]
    },
    result: ['nobody', false, 'andrew'],
  },
  {
    name: 'idGenerator names the sessions, and cookiePrefix marks the cookie',
    async run(open) {
      let count = 0
      const options = { idGenerator: () => `visitor-${++count}`, cookiePrefix: 's:' }
      const site = await open(options, { '/login': login, '/id': idOf })
      const visitor = site.browser()
      const { cookie } = await visitor.get('/login')
      return [
        decodeURIComponent(String(cookie)).startsWith('sessionId=s:'),
        await visitor.see('/id'),
        (await stored(site.store, 'visitor-1'))?.user,
      ]
    },
    result: [true, 'visitor-1', 'andrew'],
  },
  {
    name: 'idGenerator may name a session again that has ended',
    async run(open) {
      const site = await open(
        { idGenerator: () => 'device-7', saveUninitialized: false },
        {
          '/login': login,
          '/regenerate': async (request) => {
            await request.session.regenerate()
            request.session.theme = 'dark'
          },
          '/': ({ session }) => [session.user ?? 'nobody', session.theme ?? 'plain'],
        },
      )
      const visitor = site.browser()
      await visitor.get('/login')
      await end(site.store, 'device-7')
      const ended = await visitor.see('/')
      await visitor.get('/login')
      const again = await visitor.see('/')
      await visitor.get('/regenerate')
      return [ended, again, await visitor.see('/')]
    },
    result: [
      ['nobody', 'plain'],
      ['andrew', 'plain'],
      ['nobody', 'dark'],
    ],
  },
  {
    name: 'destroy ends the session',
    async run(open) {
      const site = await open({}, { '/login': login, '/logout': ({ session }) => session.destroy(), '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      await visitor.get('/logout')
      return visitor.see('/')
    },
    result: 'nobody',
  },
  {
    name: 'regenerate gives a new session that keeps what it is told to, and the old ID is dead',
    async run(open) {
      const site = await open(
        {},
        {
          '/visit': ({ session }) => void Object.assign(session, { theme: 'dark', views: 3 }),
          '/login': async (request) => {
            const { sessionId } = request.session
            await request.session.regenerate(['theme'])
            request.session.user = 'andrew'
            return request.session.sessionId === sessionId
          },
          '/': ({ session }) => [session.user ?? 'nobody', session.theme ?? 'plain', session.views ?? 0],
        },
      )
      const visitor = site.browser()
      await visitor.get('/visit')
      const thief = visitor.copy()
      const sameId = await visitor.see('/login')
      return [sameId, await visitor.see('/'), await thief.see('/')]
    },
    result: [false, ['andrew', 'dark', 0], ['nobody', 'plain', 0]],
  },
  {
    name: 'regenerate and destroy with a callback',
    async run(open) {
      const site = await open(
        {},
        {
          '/login': (request) =>
            new Promise<void>((resolve, reject) => {
              request.session.regenerate((error) => {
                request.session.user = 'andrew'
                if (error) reject(error)
                else resolve()
              })
            }),
          '/logout': ({ session }) =>
            new Promise<void>((resolve, reject) => {
              session.destroy((error) => (error ? reject(error) : resolve()))
            }),
          '/': whoami,
        },
      )
      const visitor = site.browser()
      await visitor.get('/login')
      const user = await visitor.see('/')
      await visitor.get('/logout')
      return [user, await visitor.see('/')]
    },
    result: ['andrew', 'nobody'],
  },
  {
    name: 'save stores the session before the response, and later changes at its end',
    async run(open) {
      const site = await open(
        {},
        {
          '/': async ({ session }) => {
            session.user = 'andrew'
            await session.save()
            const early = (await stored(site.store, session.sessionId))?.user
            session.views = 1
            delete session.user
            return [early, session.sessionId]
          },
        },
      )
      const [early, id] = (await site.browser().see('/')) as [string, string]
      const { user, views } = (await stored(site.store, id)) ?? {}
      return { early, user, views }
    },
    result: { early: 'andrew', user: undefined, views: 1 },
  },
  {
    name: 'reload brings what is stored and drops what was changed',
    async run(open) {
      const site = await open(
        {},
        {
          '/login': login,
          '/reload': async (request) => {
            request.session.user = 'somebody else'
            await request.session.reload()
            request.session.views = 1
            return request.session.user
          },
          '/': ({ session }) => [session.user, session.views],
        },
      )
      const visitor = site.browser()
      await visitor.get('/login')
      return [await visitor.see('/reload'), await visitor.see('/')]
    },
    result: ['andrew', ['andrew', 1]],
  },
  {
    name: 'decryptSession opens a session without a request of the site',
    async run(open) {
      const site = await open({}, { '/login': login })
      const visitor = site.browser()
      await visitor.get('/login')
      const value = decodeURIComponent(visitor.browser.cookie('sessionId') as string)
      const request: { session?: { user?: string } } = {}
      await new Promise<void>((resolve, reject) => {
        site.app.decryptSession(value, request, (error) => (error ? reject(error) : resolve()))
      })
      return request.session?.user
    },
    result: 'andrew',
  },
]
