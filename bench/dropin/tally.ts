/** What goes wrong when requests of one visitor are under way at the same time. */
import { cookieOf } from '../contender-process.ts'
import { AT_ONCE } from './routes.ts'

export interface Tally {
  readonly lostFields: number
  /** By `session.views++`. */
  readonly lostInJavaScript: number
  /** By the store's increment; by `session.views++` where it has none. */
  readonly lostInTheStore: number
  readonly revived: number
}

export const ROUNDS = 30

/** How many of each there can be. */
export const OF: Readonly<Record<keyof Tally, number>> = {
  lostFields: ROUNDS * AT_ONCE,
  lostInJavaScript: ROUNDS * AT_ONCE,
  lostInTheStore: ROUNDS * AT_ONCE,
  revived: ROUNDS,
}

interface Stored {
  readonly user: string | null
  readonly views: number
  readonly properties: number
}

export async function tally(origin: string): Promise<Tally> {
  const tally = { lostFields: 0, lostInJavaScript: 0, lostInTheStore: 0, revived: 0 }
  for (let round = 0; round < ROUNDS; round++) {
    tally.lostFields += AT_ONCE - (await afterwards(origin, (n) => `/set?n=${n}`)).properties
    tally.lostInJavaScript += AT_ONCE - (await afterwards(origin, () => '/count-in-javascript')).views
    tally.lostInTheStore += AT_ONCE - (await afterwards(origin, () => '/count-in-the-store')).views
    tally.revived += (await isRevived(origin)) ? 1 : 0
  }
  return tally
}

/** What a new session holds after requests at the same time. */
async function afterwards(origin: string, path: (n: number) => string): Promise<Stored> {
  const get = await visitor(origin)
  await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => get(path(n))))
  return get('/session')
}

/** Whether a session is there again after a logout that a slow request crosses. */
async function isRevived(origin: string): Promise<boolean> {
  const get = await visitor(origin)
  await Promise.all([get('/slow'), get('/logout')])
  return (await get('/session')).user !== null
}

/** Requests with the cookie of a new session, which stays the same. */
async function visitor(origin: string): Promise<(path: string) => Promise<Stored>> {
  const cookie = (await cookieOf(`${origin}/login`)) as string
  return async (path) => {
    const response = await fetch(origin + path, { headers: { cookie } })
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
    return (await response.json()) as Stored
  }
}
