/** Koa 3: `app.use(sessions({ store }))`, then `ctx.session`. */
import type { Context, Middleware } from 'koa'
import type { FieldTypes } from '../http/fields.ts'
import { SessionManager, type SessionsOptions } from '../http/manager.ts'
import { nodeFacts } from '../http/node-message.ts'
import type { OpenSession } from '../http/open-session.ts'
import { checkPlacement, PLACEMENT_OPTIONS, type Placement, requireFree } from '../http/placement.ts'
import { removeRepresentation } from '../http/representation.ts'
import type { RegisteredFields, Session } from '../http/session.ts'
import { Slot } from '../http/slot.ts'
import { holdResponse } from './node-response.ts'

declare module 'koa' {
  interface ExtendableContext {
    /** The visitor's session, by `sessions()` of `sojourn/koa`. */
    session: Session
  }
}

export interface KoaSessionsOptions<F extends FieldTypes | null = RegisteredFields>
  extends SessionsOptions<F, Context>,
    Placement<Context> {}

export interface KoaSessions<F extends FieldTypes | null> extends Middleware {
  /** The context's session with the field types of this manager. */
  of(ctx: object): Session<F>
}

/**
 * Middleware that gives each context its session and saves it before the response begins. What goes wrong is thrown to the
 * middleware above: `SessionUnavailableError` (503), `CrossOriginError` (403).
 *
 * @throws {InvalidArgumentError} when an option is wrong; at a request, when another manager has the same `property`
 */
export function sessions<const F extends FieldTypes | null = RegisteredFields>(
  options: KoaSessionsOptions<F>,
): KoaSessions<F> {
  const { property, skip } = checkPlacement(options)
  const manager = new SessionManager<F>(options, PLACEMENT_OPTIONS)
  const served = new Slot<Context, true>()
  const here = (ctx: object) => (ctx as Record<string, unknown>)[property]

  const middleware: Middleware = async (ctx, next) => {
    if (served.get(ctx) === true || skip(ctx)) return next()
    requireFree(property, here(ctx))
    served.set(ctx, true)
    const open = manager.begin(nodeFacts(ctx.req, ctx))
    Object.assign(ctx, { [property]: open.session })
    // For what does not come back through here: an error's response, a handler that writes to `ctx.res` itself.
    holdResponse(ctx.res, open, (error) => ctx.onerror(error as Error))
    if (!open.isReady) await open.load()
    await next()
    if (!open.isSettled) await commit(open, ctx)
  }
  return Object.assign(middleware, { of: (ctx: object) => here(ctx) as Session<F> })
}

async function commit<F extends FieldTypes | null>(open: OpenSession<F>, ctx: Context): Promise<void> {
  try {
    await open.commit()
  } catch (error) {
    removeRepresentation((name) => ctx.remove(name))
    throw error
  }
}
