/** Hono 4, on any runtime: `app.use(sessions({ store }))`, then `c.var.session`. */
import type { Context, MiddlewareHandler } from 'hono'
import type { FieldTypes } from '../http/fields.ts'
import { SessionManager, type SessionsOptions } from '../http/manager.ts'
import type { RegisteredFields, Session } from '../http/session.ts'
import { fetchFacts, fetchHeaders } from './fetch.ts'

/** For `new Hono<SessionEnv>()`: what the middleware puts into the context. */
export interface SessionEnv<F extends FieldTypes | null = RegisteredFields> {
  Variables: { session: Session<F> }
}

export interface HonoSessionsOptions<F extends FieldTypes | null = RegisteredFields> extends SessionsOptions<F> {
  /** Under which variable of the context the session stands. Default `session`; another for a second manager. */
  property?: string
  /** Requests that need no session: they get none. Default: none of them. */
  skip?: (c: Context) => boolean
}

/**
 * Middleware that gives each context its session and saves it before the response is returned. What goes wrong reaches
 * `app.onError`: `SessionUnavailableError` (503), `CrossOriginError` (403). What a streaming body changes after its first
 * byte is sent by `await session.save()`.
 *
 * @throws {InvalidArgumentError} when an option is wrong
 */
export function sessions<const F extends FieldTypes | null = RegisteredFields>(
  options: HonoSessionsOptions<F>,
): MiddlewareHandler<SessionEnv<F>> {
  const { property = 'session', skip } = options
  const manager = new SessionManager<F>(options, ['property', 'skip'])

  return async (c, next) => {
    if (skip?.(c)) return next()
    const open = manager.begin(fetchFacts(c.req.raw))
    c.set(property as 'session', open.session)
    await open.load()
    await next()
    try {
      if (!open.isSettled) await open.commit()
    } catch (error) {
      // The error's response takes the place of this one, and with it what is said of the cookie.
      c.res = undefined
      open.writeHeadersAfterFailure({
        set: (name, value) => c.header(name, value),
        append: (name, value) => c.header(name, value, { append: true }),
      })
      throw error
    }
    open.writeHeaders(fetchHeaders(c.res.headers))
  }
}
