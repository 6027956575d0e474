import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import fastifyApp, { type FastifyReply } from 'fastify'
import { sessions } from '../../../src/adapters/fastify.ts'
import type { SessionsOptions } from '../../../src/http/manager.ts'
import type { FieldTypes, Session } from '../../../src/index.ts'
import { type Adapter, eventsOf, failure, type Reply, routesOf, type Site } from '../adapter.ts'

export const fastify: Adapter = {
  name: 'fastify',
  holdsNodeResponse: true,
  async listener<F extends FieldTypes | null>(site: Site<F>) {
    const app = fastifyApp({ exposeHeadRoutes: true })
    await app.register(sessions, {
      ...(site.sessions as SessionsOptions<FieldTypes | null>),
      skip: ({ url }) => site.skip?.(url) === true,
    })
    if (site.second) await app.register(sessions, { ...(site.second as SessionsOptions<null>), property: 'second' })
    const { onError } = site
    if (onError !== undefined) {
      app.setErrorHandler((error, _request, reply) => {
        onError(error)
        const { status, body } = failure(error)
        return reply.code(status).send(body)
      })
    }
    for (const { method, path, handle } of routesOf(site)) {
      app[method](path, async (request, reply) => {
        const query = new URL(request.url, 'http://localhost').searchParams
        const session = request.session as unknown as Session<F>
        const second = (request as unknown as { second: Session<null> }).second
        return send(reply, await handle({ session, second, query }))
      })
    }
    await app.ready()
    return app.routing
  },
}

async function send(reply: FastifyReply, answer: Reply): Promise<unknown> {
  if ('json' in answer) {
    reply.headers(answer.headers ?? {})
    const isObject = typeof answer.json === 'object' && answer.json !== null
    return isObject ? answer.json : reply.type('application/json').send(JSON.stringify(answer.json))
  }
  if ('text' in answer) return reply.type('text/plain').send(answer.text)
  if ('redirect' in answer) return reply.redirect(answer.redirect)
  if ('file' in answer) return reply.send(createReadStream(answer.file))
  if ('chunks' in answer) return reply.send(Readable.from(answer.chunks))
  if ('events' in answer) {
    reply.hijack()
    reply.raw.writeHead(200, { 'Content-Type': 'text/event-stream' })
    reply.raw.flushHeaders()
    for await (const event of eventsOf(answer.events)) reply.raw.write(event)
    reply.raw.end()
    return reply
  }
  return reply.code(answer.status).send()
}
