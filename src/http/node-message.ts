/** A request and a response of `node:http` or `node:http2`, as the manager sees them. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { HeaderSink } from './open-session.ts'
import type { RequestFacts } from './request-facts.ts'

/** A request, and a response, of `node:http` or of the compatibility API of `node:http2`. */
export type NodeRequest = IncomingMessage | Http2ServerRequest
export type NodeResponse = ServerResponse | Http2ServerResponse

/** HTTP/2 has no reason phrase beside the status (RFC 9113 §8.3.2), and Node warns who asks for one. */
export function isHttp2(response: NodeResponse): boolean {
  return response.req.httpVersionMajor >= 2
}

/** `own` is the request as the framework hands it to its users. */
export function nodeFacts(request: NodeRequest, own: unknown = request): RequestFacts {
  return new NodeFacts(request, own)
}

class NodeFacts implements RequestFacts {
  readonly request: unknown
  readonly method: string
  readonly #headers: IncomingHttpHeaders

  constructor({ method = 'GET', headers }: NodeRequest, own: unknown) {
    this.request = own
    this.method = method
    this.#headers = headers
  }

  header(name: string): string | undefined {
    // HTTP/2 has a pseudo-header in the Host header's place (RFC 9113 §8.3.1).
    return (this.#headers[name] ?? (name === 'host' ? this.#headers[':authority'] : undefined)) as string | undefined
  }
}

export class NodeHeaders implements HeaderSink {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }

  get(name: string): string | undefined {
    return this.#response.getHeader(name)?.toString()
  }

  set(name: string, value: string): void {
    this.#response.setHeader(name, value)
  }

  addCookie(value: string): void {
    this.#response.appendHeader('Set-Cookie', value)
  }
}
