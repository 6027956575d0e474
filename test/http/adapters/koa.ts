import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import Koa, { type Context } from 'koa'
import { sessions } from '../../../src/adapters/koa.ts'
import type { FieldTypes, Session } from '../../../src/index.ts'
import { type Adapter, eventsOf, failure, findRoute, type Reply, type Site } from '../adapter.ts'

export const koa: Adapter = {
  name: 'koa',
  holdsNodeResponse: true,
  async listener<F extends FieldTypes | null>(site: Site<F>) {
    const app = new Koa()
    app.silent = true
    app.use(async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        if (site.onError === undefined) throw error
        site.onError(error)
        const { status, body } = failure(error)
        ctx.status = status
        ctx.body = body
      }
    })
    const first = sessions({ ...site.sessions, skip: ({ path }) => site.skip?.(path) === true })
    app.use(first)
    const second = site.second && sessions({ ...site.second, property: 'second' })
    if (second !== undefined) app.use(second)
    app.use(async (ctx) => {
      const handle = findRoute(site, ctx.method, ctx.path)
      if (handle === null) return
      const query = new URLSearchParams(ctx.querystring)
      await send(ctx, await handle({ session: first.of(ctx), second: second?.of(ctx) as Session<null>, query }))
    })
    return app.callback()
  },
}

async function send(ctx: Context, reply: Reply): Promise<void> {
  if ('json' in reply) {
    ctx.set(reply.headers ?? {})
    ctx.type = 'json'
    ctx.body = JSON.stringify(reply.json)
  } else if ('text' in reply) {
    ctx.body = reply.text
  } else if ('redirect' in reply) {
    ctx.redirect(reply.redirect)
  } else if ('file' in reply) {
    ctx.body = createReadStream(reply.file)
  } else if ('chunks' in reply) {
    ctx.body = Readable.from(reply.chunks)
  } else if ('events' in reply) {
    ctx.type = 'text/event-stream'
    ctx.body = Readable.from(eventsOf(reply.events))
  } else {
    ctx.status = reply.status
  }
}
