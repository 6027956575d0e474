/**
 * An application that registers its fields once: each adapter's session then has their types. A program of its own, since
 * a registration holds for all of a program. Checked by the compiler, never run.
 */
import type { Request } from 'express'
import fastifyApp from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { boolean, integer, json, MemorySessionStore, type Session, text, timestamp } from 'sojourn'
import { sessions as expressSessions } from 'sojourn/express'
import { sessions as fastifySessions } from 'sojourn/fastify'
import { sessions as fetchSessions } from 'sojourn/fetch'
import { sessions as honoSessions, type SessionEnv } from 'sojourn/hono'
import { sessions as koaSessions } from 'sojourn/koa'
import { sessions as nodeSessions } from 'sojourn/node'

const fields = {
  user_id: text(),
  page_views: integer({ default: 0 }),
  admin: boolean(),
  seen_at: timestamp(),
  roles: json<string[]>(),
}

declare module 'sojourn' {
  interface Register {
    fields: typeof fields
  }
}

const store = new MemorySessionStore()
const options = { store, fields }

/** What holds for the session of every adapter. */
function uses(session: Session): void {
  const views: number = session.get('page_views')
  const user: string | undefined = session.get('user_id')
  const roles: string[] | undefined = session.get('roles')
  const seen: Date | undefined = session.get('seen_at')
  session.set('page_views', views + 1)
  session.set('roles', [...(roles ?? []), user ?? ''])
  session.set('seen_at', seen ?? new Date())
  void session.increment('page_views')
  void session.rotate({ data: { admin: true } })

  // @ts-expect-error: a field that is not declared
  session.get('pageviews')
  // @ts-expect-error: a field that is not declared
  session.set('pageviews', 1)
  // @ts-expect-error: a value of another type
  session.set('page_views', '1')
  // @ts-expect-error: a value of another type
  session.set('roles', 'admin')
  // @ts-expect-error: it may be absent
  const absent: string = session.get('user_id')
  // @ts-expect-error: a value of another type
  void session.rotate({ data: { admin: 'yes' } })
  // @ts-expect-error: a field that is not declared
  void session.increment('visits')
  void absent
}

expressSessions(options)
const onExpress = (request: Request) => uses(request.session)
// @ts-expect-error: other fields than the registered are not those of `request.session`
expressSessions({ store, fields: { other: text() } }).of({} as Request) satisfies Session

const fastify = fastifyApp()
await fastify.register(fastifySessions, options)
fastify.get('/', async (request) => uses(request.session))

const koa = new Koa()
koa.use(koaSessions(options))
koa.use((ctx) => uses(ctx.session))

const hono = new Hono<SessionEnv>()
hono.use(honoSessions(options))
hono.get('/', (c) => {
  uses(c.var.session)
  uses(c.get('session'))
  return c.text('ok')
})

const onNode = nodeSessions(options)((_request, _response, session) => uses(session))
const onFetch = fetchSessions(options)((_request, session) => {
  uses(session)
  return new Response()
})

export { fastify, hono, koa, onExpress, onFetch, onNode }
