/** Requests at the same time. What a middleware's own store loses and revives is what ours are for. */
import { expect } from 'vitest'
import { crowd } from './crowd.ts'
import type { Scenario } from './scenario.ts'
import type { Visitor } from './visitor.ts'

/** A request as every middleware has it. */
export interface Turn {
  readonly session: { user?: string; views?: number; theme?: string }
  readonly query: Readonly<Record<string, unknown>>
  save(): unknown
  destroy(): unknown
  /** Gives the session and its cookie so many milliseconds. */
  stay(milliseconds: number): unknown
  regenerate(): unknown
  /** Where another object may take the session's place. */
  replace?(session: Turn['session']): unknown
}

export type TurnHandler = (turn: Turn) => unknown

interface CrossingSite {
  browser(): Visitor
  age(seconds: number): Promise<void>
}

/** What differs between the middlewares. */
export interface Middleware<Open, Options> {
  open(open: Open, options: Options, routes: Readonly<Record<string, TurnHandler>>): Promise<CrossingSite>
  /** Sessions of a minute. */
  readonly aMinute: Options
  /** Sessions of a minute that begins again with each visit. */
  readonly rollingMinute: Options
  /** Sessions that are saved when nothing has changed, too. */
  readonly alwaysSaved: Options
  /** Sessions that are saved when something has changed, or when they are told to. */
  readonly savedOnDemand: Options
  /** Whether a request renews the time of a session from when it ends, not from when it has loaded it. */
  readonly renewsAtItsEnd: boolean
  /** Whether its own store revives what has expired, as it does what was logged out. */
  readonly revivesExpired: boolean
}

export const REVIVED = 'the slow request saves what it had loaded, whether the session still is or not'
export const STAYS_ENDED = {
  result: { status: 200, user: 'nobody' },
  original: { result: { status: 200, user: 'andrew' }, why: REVIVED },
} as const

const login: TurnHandler = ({ session }) => {
  session.user = 'andrew'
}
const whoami: TurnHandler = ({ session }) => session.user ?? 'nobody'
const change: TurnHandler = ({ session }) => {
  session.views = 1
}
/** As applications do that know no other way to empty a session. */
const empty: TurnHandler = ({ session }) => {
  for (const name of Object.keys(session) as (keyof typeof session)[]) if (isOwn(name)) delete session[name]
}
/** Whether the property is not the middleware's. */
const isOwn = (name: string) => name !== 'cookie' && !name.startsWith('_')

export function crossings<Open, Options>(middleware: Middleware<Open, Options>): readonly Scenario<Open>[] {
  const { aMinute, alwaysSaved, savedOnDemand, revivesExpired } = middleware
  const slowly = slowRequests(middleware)
  return [
    tenProperties(middleware),
    oneRemovesOneSets(middleware),
    oneEmptiesOneSets(middleware),
    {
      name: 'a slow request that empties a session which is logged out meanwhile, and fills it again',
      run: (open) => slowly(open, savedOnDemand, (turn) => [empty, login, change].map((each) => each(turn)), '/logout'),
      ...STAYS_ENDED,
    },
    {
      name: 'a slow request that changes a session which is logged out meanwhile',
      run: (open) => slowly(open, savedOnDemand, change, '/logout'),
      ...STAYS_ENDED,
    },
    {
      name: 'a slow request that calls save itself',
      run: (open) => slowly(open, savedOnDemand, (turn) => turn.save(), '/logout'),
      ...STAYS_ENDED,
    },
    {
      name: 'a slow request that is saved although it changes nothing',
      run: (open) => slowly(open, alwaysSaved, () => {}, '/logout'),
      ...STAYS_ENDED,
    },
    {
      name: 'a slow request whose session gets a new ID meanwhile',
      run: (open) => slowly(open, savedOnDemand, change, '/regenerate'),
      ...STAYS_ENDED,
    },
    {
      name: 'a slow request whose session expires meanwhile',
      run: (open) => slowly(open, aMinute, change, 71),
      ...(revivesExpired ? STAYS_ENDED : { result: STAYS_ENDED.result }),
    },
    ...otherTimes(middleware, () => {}, 'changes nothing'),
    ...otherTimes(middleware, change, 'sets a property'),
    ...lastRenewal(middleware),
  ]
}

/** A visitor who has logged in, and whose slow request began before something else happened and has ended after it. */
interface Crossed {
  readonly site: CrossingSite
  readonly visitor: Visitor
  /** The same visitor, with what they had before. */
  readonly witness: Visitor
  /** Of the slow request. */
  readonly status: number
}

interface Crossing {
  /** What the slow request does in the end. */
  readonly finish: TurnHandler
  readonly routes?: Readonly<Record<string, TurnHandler>>
  meanwhile(site: CrossingSite, visitor: Visitor): Promise<unknown>
}

async function crossSlowly<Open, Options>(
  { open }: Middleware<Open, Options>,
  own: Open,
  options: Options,
  { finish, routes, meanwhile }: Crossing,
): Promise<Crossed> {
  const slow = crowd()
  const site = await open(own, options, {
    '/login': login,
    '/slow': async (turn) => {
      await slow.pass()
      await finish(turn)
    },
    '/': whoami,
    ...routes,
  })
  const visitor = site.browser()
  await visitor.get('/login')
  const witness = visitor.copy()
  const request = visitor.copy().get('/slow')
  await slow.complete
  await meanwhile(site, visitor)
  slow.open()
  const { status } = await request
  return { site, visitor, witness, status }
}

/** Whether the session is there again after a slow request, during which another has ended it, or so many seconds. */
export function slowRequests<Open, Options>(middleware: Middleware<Open, Options>) {
  return async (
    own: Open,
    options: Options,
    finish: TurnHandler,
    meanwhile: '/logout' | '/regenerate' | number,
  ): Promise<{ status: number; user: unknown }> => {
    const { witness, status } = await crossSlowly(middleware, own, options, {
      finish,
      routes: { '/logout': (turn) => turn.destroy(), '/regenerate': (turn) => turn.regenerate() },
      meanwhile: (site, visitor) => (typeof meanwhile === 'number' ? site.age(meanwhile) : visitor.get(meanwhile)),
    })
    return { status, user: await witness.see('/') }
  }
}

/** A slow request whose session is given another time meanwhile, of which it knows nothing. */
function otherTimes<Open, Options>(
  middleware: Middleware<Open, Options>,
  finish: TurnHandler,
  what: string,
): Scenario<Open>[] {
  const cross = async (own: Open, milliseconds: number, ages: readonly [number, number]) => {
    const { site, visitor, witness } = await crossSlowly(middleware, own, middleware.rollingMinute, {
      finish,
      routes: { '/stay': (turn) => turn.stay(milliseconds) },
      async meanwhile(site, visitor) {
        await site.age(2)
        await visitor.get('/stay')
      },
    })
    const seen: unknown[] = []
    for (const age of ages) {
      await site.age(age)
      seen.push(await (milliseconds > 60_000 ? visitor : witness).copy().see('/'))
    }
    return seen
  }
  const why = 'the slow request saves the cookie that it had loaded'
  return [
    {
      name: `a slow request that ${what}, and one that has the visitor remembered`,
      run: (own) => cross(own, 600_000, [70, 120]),
      result: ['andrew', 'andrew'],
      original: { result: ['nobody', 'nobody'], why },
    },
    {
      name: `a slow request that ${what}, and one that shortens the session`,
      run: (own) => cross(own, 10_000, [5, 25]),
      result: ['andrew', 'nobody'],
      original: { result: ['andrew', 'andrew'], why },
    },
  ]
}

function tenProperties<Open, Options>({ open, savedOnDemand }: Middleware<Open, Options>): Scenario<Open> {
  return {
    name: 'ten requests that set ten properties',
    async run(own) {
      const all = crowd(10)
      const site = await open(own, savedOnDemand, {
        '/login': login,
        '/set': async (turn) => {
          await all.pass()
          Object.assign(turn.session, { [`p${turn.query.n}`]: true })
        },
        '/': ({ session }) => Object.keys(session).filter((name) => /^p\d$/.test(name)).length,
      })
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
  }
}

function oneRemovesOneSets<Open, Options>({ open, savedOnDemand }: Middleware<Open, Options>): Scenario<Open> {
  return {
    name: 'one request removes a property, another sets one',
    async run(own) {
      const both = crowd(2)
      const site = await open(own, savedOnDemand, {
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
      })
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
  }
}

function oneEmptiesOneSets<Open, Options>(middleware: Middleware<Open, Options>): Scenario<Open> {
  return {
    name: 'one request empties the session, and another sets a property meanwhile',
    async run(own) {
      const { visitor } = await crossSlowly(middleware, own, middleware.savedOnDemand, {
        finish: (turn) => [empty, change].map((each) => each(turn)),
        routes: {
          '/set': ({ session }) => void (session.theme = 'dark'),
          '/session': ({ session }) => [session.user ?? 'nobody', session.theme ?? 'plain', session.views],
        },
        meanwhile: (_site, visitor) => visitor.get('/set'),
      })
      return visitor.see('/session')
    },
    result: ['nobody', 'dark', 1],
    original: { result: ['nobody', 'plain', 1], why: 'lost updates: the later save loses what the other has set' },
  }
}

/** A slow request that renews the time of a session last, after a quick one has renewed it meanwhile. */
function lastRenewal<Open, Options>(middleware: Middleware<Open, Options>): Scenario<Open>[] {
  const renew = async (own: Open, finish: TurnHandler) => {
    const { site, witness } = await crossSlowly(middleware, own, middleware.rollingMinute, {
      finish,
      async meanwhile(site, visitor) {
        await site.age(10)
        await visitor.copy().get('/')
        await site.age(40)
      },
    })
    await site.age(50)
    return witness.see('/')
  }
  const result = middleware.renewsAtItsEnd ? 'andrew' : 'nobody'
  return [
    {
      name: 'a slow request that changes nothing renews the session after a quick one',
      run: (own) => renew(own, () => {}),
      result,
    },
    {
      name: 'a slow request that sets a property renews the session after a quick one',
      run: (own) => renew(own, change),
      result,
    },
  ]
}
