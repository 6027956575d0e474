/**
 * Typed fields without a registration: each manager has its own. Right and wrong uses on every adapter, checked by the
 * compiler and never run.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Request } from 'express'
import type { FastifyRequest } from 'fastify'
import { Hono } from 'hono'
import type { Context } from 'koa'
import * as valibot from 'valibot'
import { z } from 'zod'
import { sessions as expressSessions } from '../../src/adapters/express.ts'
import { sessions as fastifySessions } from '../../src/adapters/fastify.ts'
import { sessions as fetchSessions } from '../../src/adapters/fetch.ts'
import { sessions as honoSessions, type SessionEnv } from '../../src/adapters/hono.ts'
import { sessions as koaSessions } from '../../src/adapters/koa.ts'
import { sessions as nodeSessions } from '../../src/adapters/node.ts'
import { boolean, integer, json, MemorySessionStore, type Session, text, timestamp } from '../../src/index.ts'

const store = new MemorySessionStore()
const fields = {
  user_id: text(),
  theme: text({ default: 'light' }),
  page_views: integer({ default: 0 }),
  visits: integer(),
  admin: boolean({ default: false }),
  seen_at: timestamp(),
  roles: json<string[]>(),
  address: json(z.object({ city: z.string(), zip: z.string().optional() })),
  basket: json(valibot.array(valibot.object({ sku: valibot.string() }))),
}
type Fields = typeof fields

/** What holds for the session of every adapter. */
export function typed(session: Session<Fields>): void {
  const theme: string = session.get('theme')
  const views: number = session.get('page_views')
  const visits: number | undefined = session.get('visits')
  const admin: boolean = session.get('admin')
  const city: string | undefined = session.get('address')?.city
  const sku: string | undefined = session.get('basket')?.[0]?.sku
  session.set('visits', (visits ?? 0) + views)
  session.set('user_id', `${theme} ${admin} ${city} ${sku}`)
  session.set('address', { city: 'Oslo' })
  session.delete('basket')
  for (const [name, value] of session.entries()) void [name satisfies keyof Fields, value]
  void session.rotate({ grace: 10, authenticated: true, data: { user_id: 'u', roles: [] } })
  session.flash('notice', 'any name: messages are not fields')

  // @ts-expect-error: a field that is not declared
  session.get('username')
  // @ts-expect-error: a field that is not declared
  session.has('username')
  // @ts-expect-error: a field that is not declared
  session.delete('username')
  // @ts-expect-error: a value of another type
  session.set('page_views', 1n)
  // @ts-expect-error: absence is said by delete
  session.set('user_id', undefined)
  // @ts-expect-error: a value that the schema does not take
  session.set('address', { town: 'Oslo' })
  // @ts-expect-error: a value that the schema does not take
  session.set('basket', [{ sku: 1 }])
  // @ts-expect-error: without a default it may be absent
  const sure: number = session.get('visits')
  // @ts-expect-error: a field that is not declared
  void session.rotate({ data: { username: 'andrew' } })
  void sure
}

/** Without a declaration, fields are strings. */
export function untyped(session: Session): void {
  const name: string | undefined = session.get('anything')
  session.set('anything', name ?? '')
  // @ts-expect-error: not a string
  session.set('anything', 1)
  // @ts-expect-error: it may be absent
  const sure: string = session.get('anything')
  // @ts-expect-error: the ID is nobody's business
  void session.id
  void sure
}

const express = expressSessions({ store, fields })
export const onExpress = (request: Request): void => {
  typed(express.of(request))
  untyped(request.session)
  // @ts-expect-error: the request's own session has the registered fields, and there are none
  typed(request.session)
}

const koa = koaSessions({ store, fields })
export const onKoa = (ctx: Context): void => {
  typed(koa.of(ctx))
  untyped(ctx.session)
  // @ts-expect-error: the context's own session has the registered fields, and there are none
  typed(ctx.session)
}

export const onFastify = (request: FastifyRequest): void => {
  typed(request.getDecorator<Session<Fields>>('session'))
  untyped(request.session)
  // @ts-expect-error: the request's own session has the registered fields, and there are none
  typed(request.session)
}
void fastifySessions

export const onHono = new Hono<SessionEnv<Fields>>().use(honoSessions({ store, fields })).get('/', (c) => {
  typed(c.var.session)
  // @ts-expect-error: these are not strings
  untyped(c.var.session)
  return c.text('ok')
})
/** In a chain, Hono knows it by itself. */
export const onHonoChain = new Hono().use(honoSessions({ store, fields })).get('/', (c) => {
  typed(c.var.session)
  return c.text('ok')
})

export const onNode = nodeSessions({ store, fields })((_request, _response, session) => typed(session))
export const onPlainNode = nodeSessions({ store })((_request, _response, session) => untyped(session))
// @ts-expect-error: these are strings
export const onWrongNode = nodeSessions({ store })((_request, _response, session) => typed(session))

/** Requests and responses have the types of the server that the handler is for, and may be said. */
export const onServers = [
  createServer(
    nodeSessions({ store, fields })((request, response, session) => {
      const major: IncomingMessage = request
      const answer: ServerResponse = response.writeHead(200, 'OK', { 'X-A': '1' }).end(major.url)
      typed(session)
      void answer
    }),
  ),
  createHttp2Server(
    nodeSessions({ store, fields })((request, response, session) => {
      const stream: ServerHttp2Stream = request.stream
      const answer: Http2ServerResponse = response.writeHead(200, { 'X-A': '1' }).end(String(stream.id))
      typed(session)
      // @ts-expect-error: not one of HTTP/1
      answer satisfies ServerResponse
    }),
  ),
  createSecureServer(
    { allowHTTP1: true },
    nodeSessions({ store, fields })((request: Http2ServerRequest, response: Http2ServerResponse, session) => {
      response.stream.respond({ ':status': 200 })
      response.end(request.authority)
      typed(session)
    }),
  ),
]
nodeSessions({ store })((_request, response) => response.writeHead(200, 'OK').end())
nodeSessions({
  store,
  onError(_error, request, response) {
    response.writeHead(500, 'Sorry').end((request satisfies IncomingMessage).url)
  },
})
nodeSessions({
  store,
  remember: { ip: (request: Http2ServerRequest) => request.stream.session?.socket.remoteAddress },
  async onError(_error: unknown, _request: Http2ServerRequest, response: Http2ServerResponse) {
    response.stream.close()
  },
})
// @ts-expect-error: neither a request nor a response of a server
nodeSessions({ store })((_request: string, _response: string) => {})

export const onFetch = fetchSessions({ store, fields })((_request, session, context: { params: { slug: string } }) => {
  typed(session)
  return new Response(context.params.slug)
})
export const slug: Promise<Response> = onFetch(new Request('http://a'), { params: { slug: 'a' } })
// @ts-expect-error: the handler wants a context
void onFetch(new Request('http://a'))

// @ts-expect-error: not a field type
expressSessions({ store, fields: { user_id: 'text' } })
// @ts-expect-error: a store is needed
expressSessions({ fields })
// @ts-expect-error: no such option
expressSessions({ store, cookies: {} })
// @ts-expect-error: SameSite is lower-case here
expressSessions({ store, cookie: { sameSite: 'Lax' } })
// @ts-expect-error: node:http has nothing to put a session on
nodeSessions({ store, property: 'session' })
// @ts-expect-error: a default of another type
integer({ default: '0' })
