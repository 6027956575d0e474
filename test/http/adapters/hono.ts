import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { stream, streamSSE } from 'hono/streaming'
import { type SessionEnv, sessions } from '../../../src/adapters/hono.ts'
import type { FieldTypes, Session } from '../../../src/index.ts'
import { type Adapter, failure, type Reply, routesOf, type Site } from '../adapter.ts'

export const hono: Adapter = {
  name: 'hono',
  holdsNodeResponse: false,
  async listener<F extends FieldTypes | null>(site: Site<F>) {
    const app = new Hono<SessionEnv<F> & { Variables: { second: Session<null> } }>()
    app.use(sessions({ ...site.sessions, skip: (c) => site.skip?.(c.req.path) === true }))
    if (site.second) app.use(sessions({ ...site.second, property: 'second' }) as never)
    for (const { method, path, handle } of routesOf(site)) {
      app[method](path, async (c) => {
        const query = new URL(c.req.url).searchParams
        return send(c as never, await handle({ session: c.var.session, second: c.var.second, query }))
      })
    }
    const { onError } = site
    if (onError !== undefined) {
      app.onError((error, c) => {
        onError(error)
        const { status, body } = failure(error)
        return c.json(body, status as 500)
      })
    }
    return getRequestListener(app.fetch)
  },
}

function send(c: Context, reply: Reply): Response {
  if ('json' in reply) return c.json(reply.json, 200, reply.headers)
  if ('text' in reply) return c.text(reply.text)
  if ('redirect' in reply) return c.redirect(reply.redirect)
  if ('file' in reply) return c.body(Readable.toWeb(createReadStream(reply.file)) as ReadableStream)
  if ('chunks' in reply) {
    return stream(c, async (out) => {
      for await (const chunk of reply.chunks) await out.write(chunk)
    })
  }
  if ('events' in reply) {
    return streamSSE(c, async (out) => {
      for await (const data of reply.events) await out.writeSSE({ data })
    })
  }
  return c.body(null, reply.status)
}
