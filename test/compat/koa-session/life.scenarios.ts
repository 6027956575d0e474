/** What the README of koa-session says of a session's life, one visitor at a time. */
import { once } from 'node:events'
import type { Scenario } from '../support/scenario.ts'
import { type Handler, type Open, stored } from './site.ts'

const login: Handler = ({ session }) => {
  session.user = 'andrew'
}
const whoami: Handler = ({ session }) => session.user ?? 'nobody'
const idOf: Handler = ({ session }) => session.externalKey
const all: Handler = ({ session }) => session

/** Properties whose names mean something in the hash, and other odd ones. */
const ODD = { created_at: 0, session_ttl: 1, 'sojourn:deadline': 2, 'property:x': 3, '': 4, ключ: 5 }

export const LIFE: readonly Scenario<Open>[] = [
  {
    name: 'a session is kept between requests, and tells whether it is new',
    async run(open) {
      const site = await open({}, { '/login': login, '/': ({ session }) => [session.user ?? 'nobody', session.isNew] })
      const visitor = site.browser()
      await visitor.get('/login')
      return [await visitor.see('/'), await site.browser().see('/')]
    },
    result: [
      ['andrew', false],
      ['nobody', true],
    ],
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
    name: 'save stores it nevertheless',
    async run(open) {
      const site = await open({}, { '/': ({ session }) => session.save().then(() => session.externalKey), '/id': idOf })
      const visitor = site.browser()
      const { body, cookie } = await visitor.get('/')
      return [cookie !== null, (await visitor.see('/id')) === body]
    },
    result: [true, true],
  },
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
          '/': all,
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
          '/': all,
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
    name: 'a session that is set to an object has its properties and no others',
    async run(open) {
      const replace: Handler = (ctx) => void Object.assign(ctx, { session: { theme: 'dark' } })
      const site = await open({}, { '/login': login, '/replace': replace, '/': all })
      const visitor = site.browser()
      await visitor.get('/login')
      await visitor.get('/replace')
      return visitor.see('/')
    },
    result: { theme: 'dark' },
  },
  {
    name: 'a session that is set to null ends, and its cookie goes',
    async run(open) {
      const forget: Handler = (ctx) => void Object.assign(ctx, { session: null })
      const site = await open({}, { '/login': login, '/logout': forget, '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      const witness = visitor.copy()
      const { cookie } = await visitor.get('/logout')
      return [cookie?.startsWith('koa.sess=;'), visitor.browser.cookie('koa.sess'), await witness.see('/')]
    },
    result: [true, undefined, 'nobody'],
  },
  {
    name: 'a session that is set to null and committed, and then to an object, begins anew',
    async run(open) {
      const replace: Handler = async (ctx) => {
        const { session } = ctx
        Object.assign(ctx, { session: null })
        await session.manuallyCommit()
        Object.assign(ctx, { session: { theme: 'dark' } })
      }
      const site = await open({}, { '/login': login, '/replace': replace, '/': all })
      const visitor = site.browser()
      await visitor.get('/login')
      await visitor.get('/replace')
      return visitor.see('/')
    },
    result: { theme: 'dark' },
  },
  {
    name: 'an ID that the store does not know is not adopted, and the application is told',
    async run(open) {
      const site = await open({}, { '/login': login, '/id': idOf, '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      const id = (await visitor.see('/id')) as string
      await site.store.destroy(id, {})
      const missed = once(site.app, 'session:missed')
      const user = await visitor.see('/')
      const [{ key }] = await missed
      await visitor.get('/login')
      return [user, key === id, (await visitor.see('/id')) === id, await visitor.see('/')]
    },
    result: ['nobody', true, false, 'andrew'],
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
    name: 'prefix marks the IDs',
    async run(open) {
      const site = await open({ prefix: '{app}:' }, { '/login': login, '/id': idOf, '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      return [((await visitor.see('/id')) as string).slice(0, 6), await visitor.see('/')]
    },
    result: ['{app}:', 'andrew'],
  },
  {
    name: 'an external key travels as the application likes',
    async run(open) {
      const externalKey = {
        get: (ctx: { get(name: string): string }) => ctx.get('x-session'),
        set: (ctx: { set(name: string, value: string): void }, key: string) => ctx.set('x-session', key),
      }
      const site = await open({ externalKey }, { '/login': login, '/id': idOf, '/': whoami })
      const visitor = site.browser()
      const { headers } = await visitor.browser.get('/login')
      const known = { 'x-session': headers['x-session'] as string }
      const made = { 'x-session': 'an-id-of-my-own' }
      await visitor.get('/login', made)
      return [await visitor.see('/', known), await visitor.see('/', made), await stored(site.store, 'an-id-of-my-own')]
    },
    result: ['andrew', 'nobody', null],
  },
  {
    name: 'regenerate moves the session to a new ID, and the old one is dead',
    async run(open) {
      const site = await open(
        {},
        {
          '/login': login,
          '/regenerate': ({ session }) => session.regenerate(),
          '/id': idOf,
          '/': whoami,
        },
      )
      const visitor = site.browser()
      await visitor.get('/login')
      const thief = visitor.copy()
      const id = await visitor.see('/id')
      await visitor.get('/regenerate')
      return [(await visitor.see('/id')) === id, await visitor.see('/'), await thief.see('/')]
    },
    result: [false, 'andrew', 'nobody'],
  },
  {
    name: 'without autoCommit a session is saved when it is committed, and not before',
    async run(open) {
      const site = await open(
        { autoCommit: false },
        {
          '/login': async ({ session }) => {
            session.user = 'andrew'
            const before = await stored(site.store, session.externalKey)
            await session.manuallyCommit()
            session.theme = 'dark'
            return before
          },
          '/': all,
        },
      )
      const visitor = site.browser()
      return [await visitor.see('/login'), await visitor.see('/')]
    },
    result: [null, { user: 'andrew' }],
  },
  {
    name: 'valid refuses a session, and beforeSave sees it before it is stored',
    async run(open) {
      const options = {
        valid: (_: unknown, session: { views?: number }) => session.views === undefined || session.views < 2,
        beforeSave: (_: unknown, session: { views?: number }) => {
          session.views = (session.views ?? 0) + 1
        },
      }
      const change: Handler = ({ session }) => {
        session.user = 'andrew'
        session.theme = `${session.theme ?? ''}!`
      }
      const site = await open(options, { '/change': change, '/': all })
      const visitor = site.browser()
      await visitor.get('/change')
      const once = await visitor.copy().see('/')
      await visitor.get('/change')
      return [once, await visitor.see('/')]
    },
    result: [{ user: 'andrew', theme: '!', views: 1 }, {}],
  },
]
