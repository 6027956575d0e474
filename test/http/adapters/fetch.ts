import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { sessions } from '../../../src/adapters/fetch.ts'
import type { FieldTypes, Session } from '../../../src/index.ts'
import { type Adapter, eventsOf, failure, findRoute, type Reply, type Site } from '../adapter.ts'

export const fetchApi: Adapter = {
  name: 'fetch',
  holdsNodeResponse: false,
  async listener<F extends FieldTypes | null>(site: Site<F>) {
    const onError = (error: unknown) => {
      site.onError?.(error)
      const { status, body } = failure(error)
      return Response.json(body, { status })
    }
    const withSession = sessions({ ...site.sessions, onError: site.onError && onError })
    const withSecond = site.second && sessions({ ...site.second, onError: site.onError && onError })

    const answer = async (request: Request, session?: Session<F>, second?: Session<null>) => {
      const url = new URL(request.url)
      const handle = findRoute(site, request.method, url.pathname)
      if (handle === null) return new Response(null, { status: 404 })
      const call = { session: session as Session<F>, second: second as Session<null>, query: url.searchParams }
      return send(request, await handle(call))
    }
    const inner = withSession((request, session) =>
      withSecond === undefined
        ? answer(request, session)
        : withSecond((request, second) => answer(request, session, second))(request),
    )
    const fetch = (request: Request) => (site.skip?.(new URL(request.url).pathname) ? answer(request) : inner(request))
    return getRequestListener(fetch, { overrideGlobalObjects: false })
  },
}

function send(request: Request, reply: Reply): Response {
  if ('json' in reply) return Response.json(reply.json, { headers: reply.headers ?? {} })
  if ('text' in reply) return new Response(reply.text)
  if ('redirect' in reply) return Response.redirect(new URL(reply.redirect, request.url), 302)
  if ('file' in reply) return new Response(Readable.toWeb(createReadStream(reply.file)) as ReadableStream)
  if ('chunks' in reply) return new Response(body(reply.chunks))
  if ('events' in reply) {
    return new Response(body(eventsOf(reply.events)), { headers: { 'Content-Type': 'text/event-stream' } })
  }
  return new Response(null, { status: reply.status })
}

function body(chunks: AsyncIterable<string>): ReadableStream {
  return Readable.toWeb(Readable.from(chunks, { objectMode: false })) as ReadableStream
}
