/** A Request and a Response of the Fetch API, as the manager sees them. */
import type { FieldTypes } from './fields.ts'
import type { HeaderSink, OpenSession } from './open-session.ts'
import type { RequestFacts } from './request-facts.ts'

/** `own` is the request as the framework hands it to its users. */
export function fetchFacts(request: Request, own: unknown = request): RequestFacts {
  return { request: own, method: request.method, header: (name) => request.headers.get(name) ?? hostOf(request, name) }
}

/** Where a server shows no Host header, the request's URL has it. */
function hostOf(request: Request, name: string): string | undefined {
  return name === 'host' ? new URL(request.url).host : undefined
}

/**
 * The response with what its headers have to say of the session. One that cannot be made anew, such as a network error or
 * an upgrade (status 101), is returned as it is, and the browser hears nothing.
 */
export function withSessionHeaders<F extends FieldTypes | null>(response: Response, open: OpenSession<F>): Response {
  if (response.status < 200) {
    open.writeHeaders(NOWHERE)
    return response
  }
  const headers = new ResponseHeaders(response)
  open.writeHeaders(headers)
  return headers.response
}

const NOWHERE: HeaderSink = { get: () => undefined, set() {}, addCookie() {} }

/**
 * An application may return one Response to all its visitors, so what is for this visitor alone stands on a copy. `Vary`
 * says the same to everybody and is written in place: a copy for each request that reads would be dear, above all on
 * Hono's Node server, whose own Response is fast as long as nobody looks into it.
 */
class ResponseHeaders implements HeaderSink {
  response: Response
  #isCopy = false

  constructor(response: Response) {
    this.response = response
  }

  get(name: string): string | undefined {
    return this.response.headers.get(name) ?? undefined
  }

  set(name: string, value: string): void {
    if (name !== 'Vary' || !this.#setInPlace(name, value)) this.#copied.set(name, value)
  }

  addCookie(value: string): void {
    this.#copied.append('Set-Cookie', value)
  }

  /** Fails for the headers of a redirect, or of a response that came from elsewhere. */
  #setInPlace(name: string, value: string): boolean {
    try {
      this.response.headers.set(name, value)
      return true
    } catch {
      return false
    }
  }

  get #copied(): Headers {
    if (!this.#isCopy) this.response = new Response(this.response.body, this.response)
    this.#isCopy = true
    return this.response.headers
  }
}
