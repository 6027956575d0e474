/** Hono 4, on any runtime: `app.use(sessions({ store }))`, then `c.var.session`. */
import type { Context, MiddlewareHandler } from 'hono'
import { fetchFacts, withSessionHeaders } from '../http/fetch-message.ts'
import type { FieldTypes } from '../http/fields.ts'
import { SessionManager, type SessionsOptions } from '../http/manager.ts'
import { checkPlacement, PLACEMENT_OPTIONS, type Placement, requireFree } from '../http/placement.ts'
import { removeRepresentation } from '../http/representation.ts'
import type { RegisteredFields, Session } from '../http/session.ts'
import { Slot } from '../http/slot.ts'

/** For `new Hono<SessionEnv>()`: what the middleware puts into the context. */
export interface SessionEnv<F extends FieldTypes | null = RegisteredFields> {
  Variables: { session: Session<F> }
}

export interface HonoSessionsOptions<F extends FieldTypes | null = RegisteredFields>
  extends SessionsOptions<F, Context>,
    Placement<Context> {}

/**
 * Middleware that gives each context its session and saves it before the response is returned. What goes wrong reaches
 * `app.onError`: `SessionUnavailableError` (503), `CrossOriginError` (403). What a streaming body changes after its first
 * byte is sent by `await session.save()`. Mounted twice, it serves a context once.
 *
 * @throws {InvalidArgumentError} when an option is wrong; for a context, when another `sessions()` was there first
 */
export function sessions<const F extends FieldTypes | null = RegisteredFields>(
  options: HonoSessionsOptions<F>,
): MiddlewareHandler<SessionEnv<F>> {
  const { property, skip } = checkPlacement(options)
  const manager = new SessionManager<F>(options, PLACEMENT_OPTIONS)
  const served = new Slot<Context, true>()

  return async (c, next) => {
    if (served.get(c) === true || skip(c)) return next()
    requireFree(property, c.get(property as 'session'))
    served.set(c, true)
    const open = manager.begin(fetchFacts(c.req.raw, c))
    c.set(property as 'session', open.session)
    try {
      if (!open.isReady) await open.load()
      await next()
      if (!open.isSettled) await open.commit()
    } catch (error) {
      // The error's response takes the headers over from the one that it replaces.
      replaceResponse(c, withoutContent(c.res))
      throw error
    } finally {
      replaceResponse(c, withSessionHeaders(c.res, open))
    }
  }
}

/** Setting one response over another would merge the headers of both. */
function replaceResponse(c: Context, response: Response): void {
  if (c.res === response) return
  c.res = undefined
  c.res = response
}

function withoutContent(response: Response): Response {
  const headers = new Headers(response.headers)
  removeRepresentation((name) => headers.delete(name))
  return new Response(null, { headers })
}
