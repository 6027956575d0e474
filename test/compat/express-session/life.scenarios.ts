/** What the README of express-session says of a session's life, one visitor at a time. */
import type { Scenario } from '../support/scenario.ts'
import { done, type Handler, type Open, stored } from './site.ts'

const whoami: Handler = ({ session }) => session.user ?? 'nobody'
const login: Handler = ({ session }) => {
  session.user = 'andrew'
}
const idOf: Handler = ({ sessionID }) => sessionID

/** What the application has put there. */
const own: Handler = ({ session }) => ({ ...session, cookie: undefined })

/** Properties whose names mean something in the hash, and other odd ones. */
const ODD = {
  created_at: 0,
  session_ttl: 1,
  'sojourn:deadline': 2,
  'property:x': 3,
  'property:created_at': 4,
  '': 5,
  ' ': 6,
  ключ: 7,
}

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
    name: 'a new session that nobody has touched is not saved and gets no cookie',
    async run(open) {
      const site = await open({}, { '/': idOf })
      const { body, cookie } = await site.browser().get('/')
      return [cookie, await stored(site.store, body as string)]
    },
    result: [null, null],
  },
  {
    name: 'saveUninitialized saves it, with a cookie',
    async run(open) {
      const site = await open({ saveUninitialized: true }, { '/': idOf })
      const visitor = site.browser()
      const { body, cookie } = await visitor.get('/')
      const { cookie: kept } = (await stored(site.store, body as string)) ?? {}
      return [cookie !== null, kept?.path, (await visitor.see('/')) === body]
    },
    result: [true, '/', true],
  },
  {
    name: 'changes deep inside and removals are saved, and every kind of JSON comes back',
    async run(open) {
      const site = await open(
        {},
        {
          '/fill': ({ session }) => {
            Object.assign(session, {
              cart: { items: ['tea'] },
              user: 'andrew',
              views: 0,
              mixed: [null, true, -1.5, 'é🎈\0"', { deep: [[]] }],
              nothing: undefined,
              at: new Date(0),
            })
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
    result: {
      cart: { items: ['tea', 'cake'] },
      views: 0,
      mixed: [null, true, -1.5, 'é🎈\0"', { deep: [[]] }],
      at: '1970-01-01T00:00:00.000Z',
    },
  },
  {
    name: 'any name can be used, those of the data model included',
    async run(open) {
      const site = await open(
        {},
        {
          '/fill': ({ session }) => void Object.assign(session, ODD),
          '/drop': ({ session }) => {
            for (const name of Object.keys(ODD).slice(0, 4)) Reflect.deleteProperty(session, name)
          },
          '/': own,
        },
      )
      const visitor = site.browser()
      await visitor.get('/fill')
      const filled = await visitor.see('/')
      await visitor.get('/drop')
      return [filled, await visitor.see('/')]
    },
    result: [ODD, { 'property:created_at': 4, '': 5, ' ': 6, ключ: 7 }],
  },
  {
    name: 'an ID that the store does not know is not adopted',
    async run(open) {
      const site = await open({}, { '/login': login, '/id': idOf, '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      const id = (await visitor.see('/id')) as string
      await done((callback) => site.store.destroy(id, callback))
      const user = await visitor.see('/')
      await visitor.get('/login')
      return [user, (await visitor.see('/id')) === id, await visitor.see('/')]
    },
    result: ['nobody', false, 'andrew'],
  },
  {
    name: 'genid names the sessions',
    async run(open) {
      let count = 0
      const site = await open({ genid: () => `visitor-${++count}` }, { '/login': login, '/id': idOf })
      const visitor = site.browser()
      await visitor.get('/login')
      return [await visitor.see('/id'), (await stored(site.store, 'visitor-1'))?.user]
    },
    result: ['visitor-1', 'andrew'],
  },
  {
    name: 'destroy ends the session',
    async run(open) {
      const site = await open(
        {},
        { '/login': login, '/logout': ({ session }) => done((callback) => session.destroy(callback)), '/': whoami },
      )
      const visitor = site.browser()
      await visitor.get('/login')
      await visitor.get('/logout')
      return visitor.see('/')
    },
    result: 'nobody',
  },
  ...(['destroy', 'keep'] as const).map(
    (unset): Scenario<Open> => ({
      name: `a session that is set to null with unset: '${unset}'`,
      async run(open) {
        const forget: Handler = (request) => {
          request.session.user = 'somebody else'
          Object.assign(request, { session: null })
        }
        const site = await open({ unset }, { '/login': login, '/forget': forget, '/': whoami })
        const visitor = site.browser()
        await visitor.get('/login')
        await visitor.get('/forget')
        return visitor.see('/')
      },
      result: unset === 'destroy' ? 'nobody' : 'andrew',
    }),
  ),
  {
    name: 'regenerate gives a new, empty session, and the old ID is dead',
    async run(open) {
      const site = await open(
        {},
        {
          '/visit': ({ session }) => void (session.theme = 'dark'),
          '/login': async (request) => {
            const before = request.sessionID
            await done((callback) => request.session.regenerate(callback))
            request.session.user = 'andrew'
            return request.sessionID === before
          },
          '/': ({ session }) => [session.user ?? 'nobody', session.theme ?? 'plain'],
        },
      )
      const visitor = site.browser()
      await visitor.get('/visit')
      const thief = visitor.copy()
      const sameId = await visitor.see('/login')
      return [sameId, await visitor.see('/'), await thief.see('/')]
    },
    result: [false, ['andrew', 'plain'], ['nobody', 'plain']],
  },
  {
    name: 'save stores the session before the response, and later changes at its end',
    async run(open) {
      const site = await open(
        {},
        {
          '/': async (request) => {
            request.session.user = 'andrew'
            await done((callback) => request.session.save(callback))
            const early = await stored(site.store, request.sessionID)
            request.session.views = 1
            delete request.session.user
            return [early?.user, request.sessionID]
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
    name: 'saves that do not wait for each other are stored in their order',
    async run(open) {
      const site = await open(
        {},
        {
          '/': async (request) => {
            const saves = [1, 2, 3].map((views) => {
              request.session.views = views
              if (views === 2) request.session.theme = 'dark'
              else delete request.session.theme
              return done((callback) => request.session.save(callback))
            })
            await Promise.all(saves)
            return request.sessionID
          },
        },
      )
      const { views, theme } = (await stored(site.store, (await site.browser().see('/')) as string)) ?? {}
      return { views, theme }
    },
    result: { views: 3, theme: undefined },
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
            await done((callback) => request.session.reload(callback))
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
    name: 'reload of a session that has ended is an error',
    async run(open) {
      const site = await open(
        {},
        {
          '/login': login,
          '/': async (request) => {
            await done((callback) => site.store.destroy(request.sessionID, callback))
            await done((callback) => request.session.reload(callback))
          },
        },
      )
      const visitor = site.browser()
      await visitor.get('/login')
      const { status, body } = await visitor.get('/')
      return [status, body]
    },
    result: [500, { error: 'failed to load session' }],
  },
  {
    name: 'a session is loaded without a request, as for a WebSocket',
    async run(open) {
      const site = await open({}, { '/login': login, '/id': idOf, '/': ({ session }) => [session.user, session.views] })
      const visitor = site.browser()
      await visitor.get('/login')
      const id = (await visitor.see('/id')) as string
      await new Promise<void>((resolve, reject) => {
        site.store.load(id, (error, session) => {
          if (error || session === undefined) return reject(error)
          session.views = 7
          site.store.set(id, session, () => resolve())
        })
      })
      return visitor.see('/')
    },
    result: ['andrew', 7],
  },
]
