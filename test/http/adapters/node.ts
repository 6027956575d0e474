import { createReadStream } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { sessions } from '../../../src/adapters/node.ts'
import type { FieldTypes, Session } from '../../../src/index.ts'
import { type Adapter, eventsOf, failure, findRoute, type Reply, type Site } from '../adapter.ts'

export const node: Adapter = {
  name: 'node:http',
  holdsNodeResponse: true,
  async listener<F extends FieldTypes | null>(site: Site<F>) {
    const onError = (error: unknown, _request: unknown, response: ServerResponse) => {
      site.onError?.(error)
      if (response.headersSent) return void response.destroy()
      const { status, body } = failure(error)
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
    }
    const withSession = sessions({ ...site.sessions, onError: site.onError && onError })
    const withSecond = site.second && sessions({ ...site.second, onError: site.onError && onError })

    const answer = async (
      request: { url?: string | undefined; method?: string | undefined },
      response: ServerResponse,
      session?: Session<F>,
      second?: Session<null>,
    ) => {
      const url = new URL(request.url as string, 'http://localhost')
      const handle = findRoute(site, request.method as string, url.pathname)
      if (handle === null) return response.writeHead(404).end()
      const call = { session: session as Session<F>, second: second as Session<null>, query: url.searchParams }
      await send(response, await handle(call))
    }
    const inner = withSession((request, response, session) =>
      withSecond === undefined
        ? answer(request, response, session)
        : withSecond((request, response, second) => answer(request, response, session, second))(request, response),
    )
    return (request, response) =>
      site.skip?.(request.url as string) ? answer(request, response) : inner(request, response)
  },
}

async function send(response: ServerResponse, reply: Reply): Promise<void> {
  if ('json' in reply) {
    response.writeHead(200, { 'Content-Type': 'application/json', ...reply.headers }).end(JSON.stringify(reply.json))
  } else if ('text' in reply) {
    response.setHeader('Content-Type', 'text/plain')
    response.write(reply.text.slice(0, 1))
    response.end(reply.text.slice(1))
  } else if ('redirect' in reply) {
    response.writeHead(302, 'Found', ['Location', reply.redirect]).end()
  } else if ('file' in reply) {
    createReadStream(reply.file).pipe(response)
  } else if ('chunks' in reply) {
    await pipeline(Readable.from(reply.chunks), response)
  } else if ('events' in reply) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.flushHeaders()
    for await (const event of eventsOf(reply.events)) response.write(event)
    response.end()
  } else {
    response.writeHead(reply.status).end()
  }
}
