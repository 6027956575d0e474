/** A Request and a Response of the Fetch API, as the manager sees them. */
import type { FieldTypes } from './fields.ts'
import type { OpenSession } from './open-session.ts'
import type { RequestFacts } from './request-facts.ts'

/** `own` is the request as the framework hands it to its users. */
export function fetchFacts(request: Request, own: unknown = request): RequestFacts {
  return { request: own, method: request.method, header: (name) => request.headers.get(name) ?? hostOf(request, name) }
}

/** Where a server shows no Host header, the request's URL has it. */
function hostOf(request: Request, name: string): string | undefined {
  return name === 'host' ? new URL(request.url).host : undefined
}

/** The response with what its headers have to say of the session: a copy, if its own cannot be changed. */
export function withSessionHeaders<F extends FieldTypes | null>(response: Response, open: OpenSession<F>): Response {
  let current = response
  const change = (write: (headers: Headers) => void) => {
    try {
      write(current.headers)
    } catch {
      // The headers of a redirect, or of a response that came from elsewhere.
      current = new Response(current.body, current)
      write(current.headers)
    }
  }
  open.writeHeaders({
    get: (name) => current.headers.get(name) ?? undefined,
    set: (name, value) => change((headers) => headers.set(name, value)),
    addCookie: (value) => change((headers) => headers.append('Set-Cookie', value)),
  })
  return current
}
