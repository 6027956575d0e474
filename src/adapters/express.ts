/** Express 5: `app.use(sessions({ store }))`, then `req.session`. */
import type { Request, RequestHandler } from 'express'
import type { FieldTypes } from '../http/fields.ts'
import { shareHiddenClass } from '../http/hidden-class.ts'
import { SessionManager, type SessionsOptions } from '../http/manager.ts'
import { nodeFacts } from '../http/node-message.ts'
import { checkPlacement, PLACEMENT_OPTIONS, type Placement, place, requireFree } from '../http/placement.ts'
import type { RegisteredFields, Session } from '../http/session.ts'
import { Slot } from '../http/slot.ts'
import { holdResponse } from './node-response.ts'

declare global {
  namespace Express {
    interface Request {
      /** The visitor's session, by `sessions()` of `sojourn/express`. */
      session: Session
    }
  }
}

export interface ExpressSessionsOptions<F extends FieldTypes | null = RegisteredFields>
  extends SessionsOptions<F, Request>,
    Placement<Request> {}

export interface ExpressSessions<F extends FieldTypes | null> extends RequestHandler {
  /** The request's session with the field types of this manager. */
  of(request: Request): Session<F>
}

/**
 * Middleware that gives each request its session and saves it before the response begins. What goes wrong reaches the
 * application's error handler: `SessionUnavailableError` (503), `CrossOriginError` (403).
 *
 * @throws {InvalidArgumentError} when an option is wrong; at a request, when another manager has the same `property`
 */
export function sessions<const F extends FieldTypes | null = RegisteredFields>(
  options: ExpressSessionsOptions<F>,
): ExpressSessions<F> {
  const { property, skip } = checkPlacement(options)
  const manager = new SessionManager<F>(options, PLACEMENT_OPTIONS)
  const served = new Slot<Request, true>()
  const here = (request: Request) => (request as unknown as Record<string, unknown>)[property]

  const handler: RequestHandler = (request, response, next) => {
    if (served.get(request) === true || skip(request)) return next()
    requireFree(property, here(request))
    shareHiddenClass(request)
    shareHiddenClass(response)
    served.set(request, true)
    const open = manager.begin(nodeFacts(request))
    place(request, property, open.session)
    holdResponse(response, open, next)
    if (open.isReady) return next()
    // Express 4 does not look at what a promise says.
    return open.load().then(() => next(), next)
  }
  return Object.assign(handler, { of: (request: Request) => here(request) as Session<F> })
}
