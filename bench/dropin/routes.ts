/** What the measured servers answer, whichever middleware and store they run on. */
import { Meeting, Signal } from './meeting.ts'

/** A request as the routes see it. */
export interface Visit {
  readonly id: string
  readonly session: Properties
  readonly query: Readonly<Record<string, string>>
  destroy(): Promise<void>
}

interface Properties {
  user?: string
  views?: number
  [other: string]: unknown
}

/** Counts in the store, where the store can. */
export type Increment = (id: string, property: string) => Promise<unknown>

/** How many requests are under way at once in the tally. */
export const AT_ONCE = 10

/** What a route returns is the response's JSON. */
export function routes(increment: Increment | null): Record<string, (visit: Visit) => unknown> {
  const together = new Meeting(AT_ONCE)
  const slow = new Signal()
  const loggedOut = new Signal()
  return {
    '/login': ({ session }) => {
      session.user = 'andrew'
      return 'welcome'
    },
    '/read': ({ session }) => ({ views: session.views ?? null }),
    '/visit': ({ session }) => ({ views: countUp(session) }),

    '/set': async ({ session, query }) => {
      await together.come()
      session[`property${query.n}`] = true
      return 'set'
    },
    '/count-in-javascript': async ({ session }) => {
      await together.come()
      return countUp(session)
    },
    '/count-in-the-store': async ({ id, session }) => {
      await together.come()
      await increment?.(id, 'views')
      return increment === null ? countUp(session) : 'counted'
    },
    // The slow request has its session before the other ends it, and saves it afterwards.
    '/slow': async ({ session }) => {
      slow.give()
      await loggedOut.wait()
      session.late = true
      return 'saved'
    },
    '/logout': async ({ destroy }) => {
      await slow.wait()
      await destroy()
      loggedOut.give()
      return 'goodbye'
    },
    '/session': ({ session }) => ({
      user: session.user ?? null,
      views: session.views ?? 0,
      properties: Object.keys(session).filter((name) => name.startsWith('property')).length,
    }),
  }
}

function countUp(session: Properties): number {
  session.views = (session.views ?? 0) + 1
  return session.views
}
