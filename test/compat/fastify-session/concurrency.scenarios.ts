/** Requests at the same time. */
import { crossings, type Middleware, type TurnHandler } from '../support/crossings.ts'
import { crowd } from '../support/crowd.ts'
import type { Scenario } from '../support/scenario.ts'
import type { Visitor } from '../support/visitor.ts'
import { end, type Handler, type Open, stored } from './site.ts'

const FASTIFY: Middleware<Open, Parameters<Open>[0]> = {
  open: (open, options, routes) => open(options, turns(routes)),
  aMinute: { cookie: { maxAge: 60_000 }, rolling: false },
  rollingMinute: { cookie: { maxAge: 60_000 } },
  alwaysSaved: {},
  savedOnDemand: { rolling: false },
  renewsAtItsEnd: false,
  revivesExpired: false,
}

function turns(routes: Readonly<Record<string, TurnHandler>>): Record<string, Handler> {
  const handler =
    (answer: TurnHandler): Handler =>
    (request) =>
      answer({
        session: request.session,
        query: request.query as Record<string, unknown>,
        save: () => request.session.save(),
        destroy: () => request.session.destroy(),
        stay: (milliseconds) => void (request.session.cookie.maxAge = milliseconds),
        regenerate: () => request.session.regenerate(),
      })
  return Object.fromEntries(Object.entries(routes).map(([path, answer]) => [path, handler(answer)]))
}

const login: Handler = ({ session }) => {
  session.user = 'andrew'
}
const whoami: Handler = ({ session }) => session.user ?? 'nobody'

export const CONCURRENCY: readonly Scenario<Open>[] = [
  ...crossings(FASTIFY),
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
    name: 'a session that has ended, and is reloaded, and whose ID is made again',
    async run(open) {
      const site = await open(
        { idGenerator: () => 'device-7' },
        {
          '/login': login,
          '/reload': async (request) => {
            await end(site.store, 'device-7')
            await request.session.reload()
            request.session.views = 1
          },
        },
      )
      const visitor = site.browser()
      await visitor.get('/login')
      await visitor.get('/reload')
      const afterReload = await stored(site.store, 'device-7')
      await visitor.get('/login')
      return [afterReload?.views ?? null, (await stored(site.store, 'device-7'))?.user]
    },
    result: [null, 'andrew'],
    original: { result: [1, 'andrew'], why: 'reload makes an empty session under the old ID, and it is saved' },
  },
  {
    name: 'a session that regenerate gave all properties, and that another changes and ends meanwhile',
    async run(open) {
      const site = await open(
        {},
        {
          '/login': login,
          '/regenerate': async (request) => {
            await request.session.regenerate(Object.keys(request.session).filter((key) => key !== 'cookie') as never)
            await end(site.store, request.session.sessionId)
            request.session.views = 1
          },
          '/': whoami,
        },
      )
      const visitor = site.browser()
      await visitor.get('/login')
      await visitor.get('/regenerate')
      return visitor.see('/')
    },
    result: 'nobody',
    original: { result: 'andrew', why: 'what has ended is brought back' },
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
