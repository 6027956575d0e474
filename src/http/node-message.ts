/** A request and a response of `node:http` or `node:http2`, as the manager sees them. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestFacts } from './manager.ts'
import type { HeaderSink } from './open-session.ts'

/** `own` is the request as the framework hands it to its users. */
export function nodeFacts(request: IncomingMessage, own: unknown = request): RequestFacts {
  const { headers } = request
  return {
    request: own,
    method: request.method ?? 'GET',
    // HTTP/2 has a pseudo-header in the Host header's place (RFC 9113 §8.3.1).
    header: (name) => (headers[name] ?? (name === 'host' ? headers[':authority'] : undefined)) as string | undefined,
  }
}

export function nodeHeaders(response: ServerResponse): HeaderSink {
  return {
    get: (name) => response.getHeader(name)?.toString(),
    set: (name, value) => response.setHeader(name, value),
    addCookie: (value) => response.appendHeader('Set-Cookie', value),
  }
}
