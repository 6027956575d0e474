/** Requests at the same time. */
import { crossings, type Middleware, STAYS_ENDED, slowRequests, type TurnHandler } from '../support/crossings.ts'
import type { Scenario } from '../support/scenario.ts'
import type { Handler, Open } from './site.ts'

const KOA: Middleware<Open, Parameters<Open>[0]> = {
  open: (open, options, routes) => open(options, turns(routes)),
  aMinute: { maxAge: 60_000 },
  rollingMinute: { maxAge: 60_000, rolling: true },
  alwaysSaved: { rolling: true },
  savedOnDemand: {},
  renewsAtItsEnd: true,
  revivesExpired: true,
}

function turns(routes: Readonly<Record<string, TurnHandler>>): Record<string, Handler> {
  const handler =
    (answer: TurnHandler): Handler =>
    (ctx) =>
      answer({
        session: ctx.session,
        query: ctx.query,
        save: () => ctx.session.save(),
        destroy: () => void Object.assign(ctx, { session: null }),
        stay: (milliseconds) => void (ctx.session.maxAge = milliseconds),
        regenerate: () => ctx.session.regenerate(),
        replace: (session) => void Object.assign(ctx, { session }),
      })
  return Object.fromEntries(Object.entries(routes).map(([path, answer]) => [path, handler(answer)]))
}

export const CONCURRENCY: readonly Scenario<Open>[] = [
  ...crossings(KOA),
  {
    name: 'a slow request that replaces the session',
    run: (open) => slowRequests(KOA)(open, {}, (turn) => turn.replace?.({ user: 'andrew', views: 1 }), '/logout'),
    ...STAYS_ENDED,
  },
]
