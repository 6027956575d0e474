/** Requests at the same time. What the original loses and revives is what this store is for. */
import { expect } from 'vitest'
import { crowd } from '../support/crowd.ts'
import type { Scenario } from '../support/scenario.ts'
import { end, type Handler, type Open, type Visitor } from './site.ts'

const login: Handler = ({ session }) => {
  session.user = 'andrew'
}
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
          '/set': async (request) => {
            await all.pass()
            Object.assign(request.session, { [`p${(request.query as { n: string }).n}`]: true })
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
    run: (open) => duringASlowRequest(open, { rolling: false }, ({ session }) => session.save(), '/logout'),
    result: { status: 200, user: 'nobody' },
    original: { result: { status: 200, user: 'andrew' }, why: REVIVED },
  },
  {
    name: 'a slow request that is saved although it changes nothing (rolling, the default)',
    run: (open) => duringASlowRequest(open, {}, () => {}, '/logout'),
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
    name: 'a session that has ended, and is reloaded',
    async run(open) {
      const site = await open(
        {},
        {
          '/login': login,
          '/reload': async (request) => {
            const { sessionId } = request.session
            await end(site.store, sessionId)
            await request.session.reload()
            request.session.views = 1
            return sessionId
          },
          '/id': ({ session }) => session.sessionId,
        },
      )
      const visitor = site.browser()
      await visitor.get('/login')
      const id = await visitor.see('/reload')
      return (await visitor.see('/id')) === id
    },
    result: false,
    original: { result: true, why: 'reload makes an empty session under the old ID, and it is saved' },
  },
  {
    name: 'a slow request whose session expires meanwhile',
    async run(open) {
      const slow = crowd()
      const handler: Handler = async ({ session }) => {
        await slow.pass()
        session.views = 1
      }
      const site = await open(
        { cookie: { maxAge: 60_000 }, rolling: false },
        { '/login': login, '/slow': handler, '/': whoami },
      )
      const visitor = site.browser()
      await visitor.get('/login')
      const witness = visitor.copy()
      const request = visitor.get('/slow')
      await slow.complete
      await site.age(61)
      slow.open()
      const { status } = await request
      return { status, user: await witness.see('/') }
    },
    result: { status: 200, user: 'nobody' },
  },
  {
    name: 'two requests that regenerate',
    async run(open) {
      const both = crowd(2)
      const regenerate: Handler = async (request) => {
        await both.pass()
        await request.session.regenerate(['user'])
      }
      const site = await open({}, { '/login': login, '/regenerate': regenerate, '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      const [old, one, other] = [visitor.copy(), visitor.copy(), visitor.copy()] as [Visitor, Visitor, Visitor]
      const requests = [one.get('/regenerate'), other.get('/regenerate')]
      await both.complete
      both.open()
      await Promise.all(requests)
      return { old: await old.see('/'), one: await one.see('/'), other: await other.see('/') }
    },
    result: { old: 'nobody', one: 'andrew', other: 'andrew' },
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
    '/slow': async (request, reply) => {
      await slow.pass()
      await finish(request, reply)
    },
    '/logout': ({ session }) => session.destroy(),
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
