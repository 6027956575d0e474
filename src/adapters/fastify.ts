/** Fastify 5: `await app.register(sessions, { store })`, then `request.session`. */
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { FieldTypes } from '../http/fields.ts'
import { type HeaderSink, type OpenSession, SessionManager, type SessionsOptions } from '../http/manager.ts'
import type { RegisteredFields, Session } from '../http/session.ts'
import { holdResponse, nodeFacts } from './node-response.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The visitor's session, by `sessions` of `sojourn/fastify`. */
    session: Session
  }
}

export interface FastifySessionsOptions<F extends FieldTypes | null = RegisteredFields> extends SessionsOptions<F> {
  /** Where on the request the session stands. Default `session`; another for a second manager. */
  property?: string
  /** Requests that need no session: they get none. Default: none of them. */
  skip?: (request: FastifyRequest) => boolean
}

/**
 * Plugin that gives each request of the instance it is registered on its session, from `onRequest` on, and saves it in
 * `onSend`. What goes wrong reaches the error handler: `SessionUnavailableError` (503), `CrossOriginError` (403).
 *
 * @throws {InvalidArgumentError} when an option is wrong
 */
export const sessions: FastifyPluginAsync<FastifySessionsOptions<FieldTypes | null>> = async (
  app: FastifyInstance,
  options,
) => {
  const { property = 'session', skip } = options
  const manager = new SessionManager(options, ['property', 'skip', 'prefix', 'logLevel', 'logSerializers'])
  const opened = new WeakMap<FastifyRequest, OpenSession<FieldTypes | null>>()

  app.decorateRequest(property, null)

  app.addHook('onRequest', async (request, reply) => {
    if (skip?.(request)) return
    const open = manager.begin(nodeFacts(request.raw))
    opened.set(request, open)
    Object.assign(request, { [property]: open.session })
    // For replies that are hijacked and written to `reply.raw`, which no hook sees.
    holdResponse(reply.raw, open, () => failRaw(reply))
    await open.load()
  })

  app.addHook('onSend', async (request, reply) => {
    const open = opened.get(request)
    if (open === undefined || reply.raw.headersSent) return
    opened.delete(request)
    await commit(open, reply)
  })
}

// What fastify-plugin does: the hooks serve the instance that registers the plugin, not a child of it.
Object.assign(sessions, { [Symbol.for('skip-override')]: true, [Symbol.for('fastify.display-name')]: 'sojourn' })

async function commit(open: OpenSession<FieldTypes | null>, reply: FastifyReply): Promise<void> {
  try {
    if (!open.isSettled) await open.commit()
  } catch (error) {
    open.writeHeadersAfterFailure(replyHeaders(reply))
    throw error
  }
  open.writeHeaders(replyHeaders(reply))
}

function failRaw(reply: FastifyReply): void {
  reply.raw.statusCode = 503
  reply.raw.end()
}

function replyHeaders(reply: FastifyReply): HeaderSink {
  return {
    set: (name, value) => void reply.header(name, value),
    append(name, value) {
      const present = reply.getHeader(name)
      if (name === 'Set-Cookie' || present === undefined) reply.header(name, value)
      else reply.header(name, `${present}, ${value}`)
    },
  }
}
