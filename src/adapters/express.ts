/** Express 5: `app.use(sessions({ store }))`, then `req.session`. */
import type { Request, RequestHandler } from 'express'
import type { FieldTypes } from '../http/fields.ts'
import { SessionManager, type SessionsOptions } from '../http/manager.ts'
import type { RegisteredFields, Session } from '../http/session.ts'
import { holdResponse, nodeFacts } from './node-response.ts'

declare global {
  namespace Express {
    interface Request {
      /** The visitor's session, by `sessions()` of `sojourn/express`. */
      session: Session
    }
  }
}

export interface ExpressSessionsOptions<F extends FieldTypes | null = RegisteredFields> extends SessionsOptions<F> {
  /** Where on the request the session stands. Default `session`; another for a second manager. */
  property?: string
  /** Requests that need no session: they get none. Default: none of them. */
  skip?: (request: Request) => boolean
}

export interface ExpressSessions<F extends FieldTypes | null> extends RequestHandler {
  /** The request's session with the field types of this manager. */
  of(request: Request): Session<F>
}

/**
 * Middleware that gives each request its session and saves it before the response begins. What goes wrong reaches the
 * application's error handler: `SessionUnavailableError` (503), `CrossOriginError` (403).
 *
 * @throws {InvalidArgumentError} when an option is wrong
 */
export function sessions<const F extends FieldTypes | null = RegisteredFields>(
  options: ExpressSessionsOptions<F>,
): ExpressSessions<F> {
  const { property = 'session', skip } = options
  const manager = new SessionManager<F>(options, ['property', 'skip'])
  const opened = new WeakMap<Request, Session<F>>()

  const handler: RequestHandler = (request, response, next) => {
    if (skip?.(request)) return next()
    const open = manager.begin(nodeFacts(request))
    opened.set(request, open.session)
    Object.assign(request, { [property]: open.session })
    holdResponse(response, open, next)
    if (open.isReady) return next()
    open.load().then(() => next(), next)
  }
  return Object.assign(handler, { of: (request: Request) => opened.get(request) as Session<F> })
}
