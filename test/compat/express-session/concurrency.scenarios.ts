/** Requests at the same time. */
import { crossings, type Middleware, STAYS_ENDED, slowRequests, type TurnHandler } from '../support/crossings.ts'
import { crowd } from '../support/crowd.ts'
import type { Scenario } from '../support/scenario.ts'
import type { Visitor } from '../support/visitor.ts'
import { done, type Handler, type Open } from './site.ts'

const EXPRESS: Middleware<Open, Parameters<Open>[0]> = {
  open: (open, options, routes) => open(options, turns(routes)),
  aMinute: { cookie: { maxAge: 60_000 } },
  rollingMinute: { cookie: { maxAge: 60_000 } },
  alwaysSaved: { resave: true, rolling: true },
  savedOnDemand: {},
  renewsAtItsEnd: true,
  revivesExpired: true,
}

function turns(routes: Readonly<Record<string, TurnHandler>>): Record<string, Handler> {
  const handler =
    (answer: TurnHandler): Handler =>
    (request) =>
      answer({
        session: request.session,
        query: request.query,
        save: () => done((callback) => request.session.save(callback)),
        destroy: () => done((callback) => request.session.destroy(callback)),
        stay: (milliseconds) => void (request.session.cookie.maxAge = milliseconds),
        regenerate: () => done((callback) => request.session.regenerate(callback)),
      })
  return Object.fromEntries(Object.entries(routes).map(([path, answer]) => [path, handler(answer)]))
}

export const CONCURRENCY: readonly Scenario<Open>[] = [
  ...crossings(EXPRESS),
  {
    name: 'a slow request that only touches',
    run: (open) => slowRequests(EXPRESS)(open, EXPRESS.aMinute, () => {}, '/logout'),
    result: STAYS_ENDED.result,
  },
  {
    name: 'two requests that regenerate',
    async run(open) {
      const both = crowd(2)
      const regenerate: Handler = async (request) => {
        await both.pass()
        await done((callback) => request.session.regenerate(callback))
        request.session.user = 'andrew'
      }
      const login: Handler = ({ session }) => void (session.user = 'andrew')
      const whoami: Handler = ({ session }) => session.user ?? 'nobody'
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
