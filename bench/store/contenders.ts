/** The same three operations, by sojourn and by two others. */
import { RedisStore } from 'connect-redis'
import { RedisSessionStore } from 'sojourn'
import type { BenchClient } from '../client.ts'
import type { Contender } from '../measure.ts'

export const OPERATIONS = ['get with refresh', 'update a field', 'increment'] as const
export type Operation = (typeof OPERATIONS)[number]

/** What each session holds. */
export const DATA = {
  username: 'andrew',
  page_views: '0',
  theme: 'dark',
  locale: 'en-GB',
  cart: '[{"sku":"lamp","n":1}]',
}

export interface Suite {
  readonly name: string
  /** A key of one of its sessions. */
  readonly key: string
  readonly operations: Record<Operation, Contender['run']>
}

const SESSIONS = 256
const TTL = 1800

export async function sojournSuite(client: BenchClient): Promise<Suite> {
  const store = new RedisSessionStore({ client, ttl: TTL, commandTimeout: 10_000 })
  const ids = await Promise.all(Array.from({ length: SESSIONS }, () => store.createSession(DATA)))
  const id = (turn: number) => ids[turn % SESSIONS] as string
  return {
    name: 'sojourn',
    key: `session:${ids[0]}`,
    operations: {
      'get with refresh': (turn) => store.getSession(id(turn)),
      'update a field': (turn) => store.updateSession(id(turn), { theme: String(turn) }),
      increment: (turn) => store.incrementField(id(turn), 'page_views'),
    },
  }
}

/** A store by hand in the manner of the language guides: look, then MULTI. */
export async function guideSuite(client: BenchClient): Promise<Suite> {
  const now = () => `${new Date().toISOString().slice(0, 19)}+00:00`
  const keys = Array.from({ length: SESSIONS }, (_, i) => `by-hand:${'x'.repeat(40)}${String(i).padStart(3, '0')}`)
  for (const key of keys) {
    await client.hSet(key, { ...DATA, session_ttl: String(TTL), created_at: now(), last_accessed_at: now() })
    await client.expire(key, TTL)
  }
  const key = (turn: number) => keys[turn % SESSIONS] as string
  const look = async (turn: number) => {
    const session = await client.hGetAll(key(turn))
    if (session.session_ttl === undefined) throw new Error('the session is gone')
    return Number(session.session_ttl)
  }
  return {
    name: 'two round trips, as in the guides',
    key: keys[0] as string,
    operations: {
      'get with refresh': async (turn) => {
        const ttl = await look(turn)
        return client
          .multi()
          .hSet(key(turn), 'last_accessed_at', now())
          .expire(key(turn), ttl)
          .hGetAll(key(turn))
          .exec()
      },
      'update a field': async (turn) => {
        const ttl = await look(turn)
        return client
          .multi()
          .hSet(key(turn), { theme: String(turn), last_accessed_at: now() })
          .expire(key(turn), ttl)
          .exec()
      },
      increment: async (turn) => {
        const ttl = await look(turn)
        return client
          .multi()
          .hIncrBy(key(turn), 'page_views', 1)
          .hSet(key(turn), 'last_accessed_at', now())
          .expire(key(turn), ttl)
          .exec()
      },
    },
  }
}

/** connect-redis, called as express-session calls it: the whole session is one JSON value, with its cookie's attributes (here those of our own default). */
export async function connectRedisSuite(client: BenchClient): Promise<Suite> {
  const store = new RedisStore({ client })
  const cookie = {
    originalMaxAge: TTL * 1000,
    expires: new Date(Date.now() + TTL * 1000),
    secure: true,
    httpOnly: true,
    path: '/',
    sameSite: 'lax',
  }
  const ids = Array.from({ length: SESSIONS }, (_, i) => `${'x'.repeat(29)}${String(i).padStart(3, '0')}`)
  for (const id of ids) await store.set(id, { ...DATA, cookie } as never)
  const id = (turn: number) => ids[turn % SESSIONS] as string
  const change = async (turn: number, changes: object) => {
    const session = await store.get(id(turn))
    await store.set(id(turn), { ...session, ...changes } as never)
  }
  return {
    name: 'connect-redis 9',
    key: `sess:${ids[0]}`,
    operations: {
      'get with refresh': async (turn) => {
        const session = await store.get(id(turn))
        await store.touch(id(turn), session as never)
      },
      'update a field': (turn) => change(turn, { theme: String(turn) }),
      increment: (turn) => change(turn, { page_views: String(turn) }),
    },
  }
}
