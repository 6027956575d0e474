import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import expressApp, { type ErrorRequestHandler, type Response } from 'express'
import { sessions } from '../../../src/adapters/express.ts'
import type { FieldTypes, Session } from '../../../src/index.ts'
import { type Adapter, eventsOf, failure, type Reply, routesOf, type Site } from '../adapter.ts'

export const express: Adapter = {
  name: 'express',
  holdsNodeResponse: true,
  async listener<F extends FieldTypes | null>(site: Site<F>) {
    const app = expressApp()
    const first = sessions({ ...site.sessions, skip: ({ path }) => site.skip?.(path) === true })
    app.use(first)
    const second = site.second && sessions({ ...site.second, property: 'second' })
    if (second !== undefined) app.use(second)
    for (const { method, path, handle } of routesOf(site)) {
      app[method](path, async (request, response) => {
        const query = new URL(request.originalUrl, 'http://localhost').searchParams
        const call = { session: first.of(request), second: second?.of(request) as Session<null>, query }
        await send(response, await handle(call))
      })
    }
    const onError: ErrorRequestHandler = (error, _request, response, next) => {
      site.onError?.(error)
      if (response.headersSent) return next(error)
      const { status, body } = failure(error)
      response.status(status).json(body)
    }
    if (site.onError !== undefined) app.use(onError)
    return app
  },
}

async function send(response: Response, reply: Reply): Promise<void> {
  if ('json' in reply) {
    response.set(reply.headers ?? {}).json(reply.json)
  } else if ('text' in reply) {
    response.send(reply.text)
  } else if ('redirect' in reply) {
    response.redirect(reply.redirect)
  } else if ('file' in reply) {
    response.sendFile(fileURLToPath(reply.file))
  } else if ('chunks' in reply) {
    Readable.from(reply.chunks).pipe(response)
  } else if ('events' in reply) {
    response.type('text/event-stream').flushHeaders()
    for await (const event of eventsOf(reply.events)) response.write(event)
    response.end()
  } else {
    response.sendStatus(reply.status)
  }
}
