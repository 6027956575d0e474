/**
 * Fetch-API servers: `withSession(async (request, session) => new Response(…))`, for Next.js route handlers, SvelteKit
 * hooks, Bun, Deno and whatever else takes a `Request` and gives a `Response`.
 */
import { CrossOriginError, SessionUnavailableError } from '../http/errors.ts'
import { fetchFacts, withSessionHeaders } from '../http/fetch-message.ts'
import type { FieldTypes } from '../http/fields.ts'
import { SessionManager, type SessionsOptions } from '../http/manager.ts'
import type { OpenSession } from '../http/open-session.ts'
import { checkFunction } from '../http/option-types.ts'
import type { RegisteredFields, Session } from '../http/session.ts'
import { Slot } from '../http/slot.ts'

type Answer = Response | Promise<Response>

export interface FetchSessionsOptions<F extends FieldTypes | null = RegisteredFields>
  extends SessionsOptions<F, Request> {
  /**
   * Answers a request that failed, in the handler or with its session; throwing leaves it to the server. Default: 503 for
   * a session that is not available, 403 for a request from another origin, and all else is thrown on. A new ID from
   * `rotate` reaches the browser with a response only, so where handlers throw after rotating, answer here.
   */
  onError?: ((error: unknown, request: Request) => Answer) | undefined
}

export interface FetchSessions<F extends FieldTypes | null> {
  /**
   * Wraps a handler. What the server passes beside the request is passed on. Where one wrapped handler calls another with
   * the same `Request`, both have one session; the outer one saves it, answers what fails, and sets the cookie.
   */
  <R extends Request, Rest extends unknown[]>(
    handler: (request: R, session: Session<F>, ...rest: Rest) => Answer,
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
  options: FetchSessionsOptions<F>,
): FetchSessions<F> {
  const { onError = answerOurs } = options
  const manager = new SessionManager<F>(options, ['onError'])
  checkFunction('onError', onError)
  const opened = new Slot<Request, OpenSession<F> | undefined>()
  const withSession =
    <R extends Request, Rest extends unknown[]>(handler: (request: R, session: Session<F>, ...rest: Rest) => Answer) =>
    async (request: R, ...rest: Rest): Promise<Response> => {
      const outer = opened.get(request)
      if (outer !== undefined) {
        if (!outer.isReady) await outer.load()
        return handler(request, outer.session, ...rest)
      }
      const open = manager.begin(fetchFacts(request))
      opened.set(request, open)
      try {
        const answer = () => handler(request, open.session, ...rest)
        const response = await savedAnswer(open, answer).catch((error) => onError(error, request))
        return withSessionHeaders(response, open)
      } finally {
        opened.set(request, undefined)
      }
    }
  return Object.assign(withSession, { upgrade: (request: Request) => manager.upgrade(fetchFacts(request)) })
}

/** The handler's response, once what it changed is saved; so it is, too, when the handler throws. */
async function savedAnswer<F extends FieldTypes | null>(open: OpenSession<F>, handle: () => Answer): Promise<Response> {
  if (!open.isReady) await open.load()
  try {
    return await handle()
  } finally {
    if (!open.isSettled) await open.commit()
  }
}

function answerOurs(error: unknown): Response {
  if (error instanceof SessionUnavailableError || error instanceof CrossOriginError) return error.getResponse()
  throw error
}
