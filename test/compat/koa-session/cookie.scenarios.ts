/** How long a session lives: maxAge, rolling, renew. */
import type { Scenario } from '../support/scenario.ts'
import { type Handler, type Open, stored } from './site.ts'

const login: Handler = ({ session }) => {
  session.user = 'andrew'
}
const whoami: Handler = ({ session }) => session.user ?? 'nobody'

/** At each of these seconds what a visitor sees, and whether a cookie comes with it. */
async function visitsAt(open: Open, options: Parameters<Open>[0], seconds: readonly number[]): Promise<unknown[]> {
  const site = await open(options, { '/login': login, '/': whoami })
  const visitor = site.browser()
  await visitor.get('/login')
  const seen: unknown[] = []
  let now = 0
  for (const second of seconds) {
    await site.age(second - now)
    now = second
    const { body, cookie } = await visitor.get('/')
    seen.push(cookie === null ? body : `${body}, with a cookie`)
  }
  return seen
}

export const COOKIE: readonly Scenario<Open>[] = [
  {
    name: 'a session ends with its cookie',
    run: (open) => visitsAt(open, { maxAge: 60_000 }, [30, 59, 61]),
    result: ['andrew', 'andrew', 'nobody'],
  },
  {
    name: 'a session lives a day without another word',
    run: (open) => visitsAt(open, {}, [3600, 86_399, 86_401]),
    result: ['andrew', 'andrew', 'nobody'],
  },
  {
    name: 'with rolling each visit begins its time again, with a cookie',
    run: (open) => visitsAt(open, { maxAge: 60_000, rolling: true }, [40, 80, 141]),
    result: ['andrew, with a cookie', 'andrew, with a cookie', 'nobody'],
  },
  {
    name: 'with renew a visit in the second half of its time does',
    run: (open) => visitsAt(open, { maxAge: 60_000, renew: true }, [20, 40, 80, 110, 171]),
    result: ['andrew', 'andrew, with a cookie', 'andrew, with a cookie', 'andrew', 'nobody'],
  },
  {
    name: "with maxAge: 'session' it is there as long as somebody comes",
    run: (open) => visitsAt(open, { maxAge: 'session' }, [1700, 3400, 5100]),
    result: ['andrew', 'andrew', 'andrew'],
  },
  {
    name: 'a session chooses its own time, and keeps it',
    async run(open) {
      const short: Handler = ({ session }) => {
        session.user = 'andrew'
        session.maxAge = 10_000
      }
      const change: Handler = ({ session }) => {
        session.views = 1
        return session.maxAge
      }
      const site = await open({ maxAge: 60_000 }, { '/login': short, '/change': change, '/': whoami })
      const visitor = site.browser()
      await visitor.get('/login')
      await site.age(9)
      const maxAge = await visitor.see('/change')
      await site.age(9)
      const late = await visitor.see('/')
      await site.age(2)
      return [maxAge, late, await visitor.see('/')]
    },
    result: [10_000, 'andrew', 'nobody'],
  },
  {
    name: 'what is stored says when it ends',
    async run(open) {
      const site = await open(
        { maxAge: 60_000 },
        { '/': ({ session }) => [login({ session } as never), session.externalKey] },
      )
      const [, id] = (await site.browser().see('/')) as [null, string]
      const { user, _expire, _maxAge } = (await stored(site.store, id)) ?? {}
      return [user, Number(_expire) - Date.now(), _maxAge]
    },
    result: ['andrew', 60_000, 60_000],
  },
]
