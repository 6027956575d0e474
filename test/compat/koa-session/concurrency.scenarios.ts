/** Requests at the same time. What a plain store loses and revives is what this one is for. */
import { expect } from 'vitest'
import { crowd } from '../support/crowd.ts'
import type { Scenario } from '../support/scenario.ts'
import type { Handler, Open } from './site.ts'

const login: Handler = ({ session }) => {
  session.user = 'andrew'
}
const logout: Handler = (ctx) => void Object.assign(ctx, { session: null })
const whoami: Handler = ({ session }) => session.user ?? 'nobody'

const REVIVED = 'the slow request saves what it had loaded, whether the session still is or not'

export const CONCURRENCY: readonly Scenario<Open>[] = [
  {
    name: 'ten requests that set ten properties',
    async run(open) {
      const all = crowd(10)
      const site = await open(
        {},
        {
          '/login': login,
          '/set': async (ctx) => {
            await all.pass()
            Object.assign(ctx.session, { [`p${ctx.query.n}`]: true })
          },
          '/': ({ session }) => Object.keys(session).filter((name) => /^p\d$/.test(name)).length,
        },
      )
      const visitor = site.browser()
      await visitor.get('/login')
      const sets = Array.from({ length: 10 }, (_, n) => visitor.get(`/set?n=${n}`))
      await all.complete
      all.open()
      await Promise.all(sets)
      return visitor.see('/')
    },
    result: 10,
    original: { result: 1, why: 'lost updates: each save writes the whole session' },
  },
  {
    name: 'one request removes a property, another sets one',
    async run(open) {
      const both = crowd(2)
      const site = await open(
        {},
        {
          '/login': login,
          '/remove': async ({ session }) => {
            await both.pass()
            delete session.user
          },
          '/set': async ({ session }) => {
            await both.pass()
            session.theme = 'dark'
          },
          '/': ({ session }) => `${session.user ?? 'nobody'}, ${session.theme ?? 'plain'}`,
        },
      )
      const visitor = site.browser()
      await visitor.get('/login')
      const requests = [visitor.get('/remove'), visitor.get('/set')]
      await both.complete
      both.open()
      await Promise.all(requests)
      return visitor.see('/')
    },
    result: 'nobody, dark',
    original: {
      result: expect.stringMatching(/^(?:nobody, plain|andrew, dark)$/),
      why: 'lost updates: the later save brings back what the other has removed, or loses what it has set',
    },
  },
  {
    name: 'a slow request that changes a session which is logged out meanwhile',
    run: (open) => duringASlowRequest(open, {}, ({ session }) => void (session.views = 1), '/logout'),
    result: { status: 200, user: 'nobody' },
    original: { result: { status: 200, user: 'andrew' }, why: REVIVED },
  },
  {
    name: 'a slow request that calls save itself',
    run: (open) => duringASlowRequest(open, {}, ({ session }) => session.save(), '/logout'),
    result: { status: 200, user: 'nobody' },
    original: { result: { status: 200, user: 'andrew' }, why: REVIVED },
  },
  {
    name: 'a slow request that is saved although it changes nothing (rolling)',
    run: (open) => duringASlowRequest(open, { rolling: true }, () => {}, '/logout'),
    result: { status: 200, user: 'nobody' },
    original: { result: { status: 200, user: 'andrew' }, why: REVIVED },
  },
  {
    name: 'a slow request that replaces the session',
    run: (open) =>
      duringASlowRequest(
        open,
        {},
        (ctx) => void Object.assign(ctx, { session: { user: 'andrew', views: 1 } }),
        '/logout',
      ),
    result: { status: 200, user: 'nobody' },
    original: { result: { status: 200, user: 'andrew' }, why: REVIVED },
  },
  {
    name: 'a slow request whose session gets a new ID meanwhile',
    run: (open) => duringASlowRequest(open, {}, ({ session }) => void (session.views = 1), '/regenerate'),
    result: { status: 200, user: 'nobody' },
    original: { result: { status: 200, user: 'andrew' }, why: REVIVED },
  },
  {
    name: 'a slow request whose session expires meanwhile',
    async run(open) {
      const slow = crowd()
      const handler: Handler = async ({ session }) => {
        await slow.pass()
        session.views = 1
      }
      const site = await open({ maxAge: 60_000 }, { '/login': login, '/slow': handler, '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      const witness = visitor.copy()
      const request = visitor.get('/slow')
      await slow.complete
      await site.age(71)
      slow.open()
      const { status } = await request
      return { status, user: await witness.see('/') }
    },
    result: { status: 200, user: 'nobody' },
    original: { result: { status: 200, user: 'andrew' }, why: REVIVED },
  },
]

/** Whether the session is there again after a slow request, during which another has ended it. */
async function duringASlowRequest(
  open: Open,
  options: Parameters<Open>[0],
  finish: Handler,
  meanwhile: '/logout' | '/regenerate',
): Promise<{ status: number; user: unknown }> {
  const slow = crowd()
  const site = await open(options, {
    '/login': login,
    '/slow': async (ctx) => {
      await slow.pass()
      await finish(ctx)
    },
    '/logout': logout,
    '/regenerate': ({ session }) => session.regenerate(),
    '/': whoami,
  })
  const visitor = site.browser()
  await visitor.get('/login')
  const witness = visitor.copy()
  const request = visitor.get('/slow')
  await slow.complete
  await visitor.copy().get(meanwhile)
  slow.open()
  const { status } = await request
  return { status, user: await witness.see('/') }
}
