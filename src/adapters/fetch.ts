/**
 * Fetch-API servers: `withSession(async (request, session) => new Response(…))`, for Next.js route handlers, SvelteKit
 * hooks, Bun, Deno and whatever else takes a `Request` and gives a `Response`.
 */
import { CrossOriginError, SessionUnavailableError } from '../http/errors.ts'
import type { FieldTypes } from '../http/fields.ts'
import {
  type HeaderSink,
  type OpenSession,
  type RequestFacts,
  SessionManager,
  type SessionsOptions,
} from '../http/manager.ts'
import type { RegisteredFields, Session } from '../http/session.ts'

export interface FetchSessions<F extends FieldTypes | null> {
  /**
   * Wraps a handler. What the server passes beside the request is passed on. A session that is not available is answered
   * 503, a request from another origin 403; what the handler throws is thrown on, after its changes are saved.
   */
  <R extends Request, Rest extends unknown[]>(
    handler: (request: R, session: Session<F>, ...rest: Rest) => Response | Promise<Response>,
  ): (request: R, ...rest: Rest) => Promise<Response>
  /** The session of a WebSocket upgrade. Rejects with `CrossOriginError` unless the request comes from our own origin. */
  upgrade(request: Request): Promise<Session<F>>
}

/**
 * What a streaming body changes after its first byte is sent by `await session.save()`.
 *
 * @throws {InvalidArgumentError} when an option is wrong
 */
export function sessions<const F extends FieldTypes | null = RegisteredFields>(
  options: SessionsOptions<F>,
): FetchSessions<F> {
  const manager = new SessionManager<F>(options)
  const withSession =
    <R extends Request, Rest extends unknown[]>(
      handler: (request: R, session: Session<F>, ...rest: Rest) => Response | Promise<Response>,
    ) =>
    async (request: R, ...rest: Rest): Promise<Response> => {
      const open = manager.begin(fetchFacts(request))
      try {
        await open.load()
        return await respond(open, () => handler(request, open.session, ...rest))
      } catch (error) {
        if (error instanceof SessionUnavailableError || error instanceof CrossOriginError) return refuse(open, error)
        throw error
      }
    }
  return Object.assign(withSession, { upgrade: (request: Request) => manager.upgrade(fetchFacts(request)) })
}

/** What a request says, to the manager. */
export function fetchFacts(request: Request): RequestFacts {
  return { method: request.method, header: (name) => request.headers.get(name) ?? hostOf(request, name) }
}

/** Where a server shows no Host header, the request's URL has it. */
function hostOf(request: Request, name: string): string | undefined {
  return name === 'host' ? new URL(request.url).host : undefined
}

export function fetchHeaders(headers: Headers): HeaderSink {
  return {
    set: (name, value) => headers.set(name, value),
    append(name, value) {
      if (name === 'Vary' && mentions(headers.get(name) ?? '', value)) return
      headers.append(name, value)
    },
  }
}

async function respond<F extends FieldTypes | null>(
  open: OpenSession<F>,
  handle: () => Response | Promise<Response>,
): Promise<Response> {
  let response: Response
  try {
    response = await handle()
  } finally {
    if (!open.isSettled) await open.commit()
  }
  // The headers of a redirect, or of a response that came from elsewhere, cannot be changed: a copy's can.
  const answer = new Response(response.body, response)
  open.writeHeaders(fetchHeaders(answer.headers))
  return answer
}

function refuse<F extends FieldTypes | null>(
  open: OpenSession<F>,
  error: SessionUnavailableError | CrossOriginError,
): Response {
  const response = error.getResponse()
  open.writeHeadersAfterFailure(fetchHeaders(response.headers))
  return response
}

function mentions(vary: string, name: string): boolean {
  const names = vary
    .toLowerCase()
    .split(',')
    .map((part) => part.trim())
  return names.includes('*') || names.includes(name.toLowerCase())
}
