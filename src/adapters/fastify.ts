/** Fastify 5: `await app.register(sessions, { store })`, then `request.session`. */
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { FieldTypes } from '../http/fields.ts'
import { SessionManager, type SessionsOptions } from '../http/manager.ts'
import { nodeFacts } from '../http/node-message.ts'
import type { HeaderSink, OpenSession } from '../http/open-session.ts'
import { checkPlacement, PLACEMENT_OPTIONS, type Placement, place } from '../http/placement.ts'
import { removeRepresentation } from '../http/representation.ts'
import type { RegisteredFields, Session } from '../http/session.ts'
import { Slot } from '../http/slot.ts'
import { holdResponse } from './node-response.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The visitor's session, by `sessions` of `sojourn/fastify`. */
    session: Session
  }
}

export interface FastifySessionsOptions<F extends FieldTypes | null = RegisteredFields>
  extends SessionsOptions<F, FastifyRequest>,
    Placement<FastifyRequest> {}

/** What `register` reads of a plugin's options. */
const REGISTER_OPTIONS = ['prefix', 'logLevel', 'logSerializers']

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
  const { property, skip } = checkPlacement(options)
  const manager = new SessionManager(options, [...PLACEMENT_OPTIONS, ...REGISTER_OPTIONS])
  const opened = new Slot<FastifyRequest, OpenSession<FieldTypes | null>>()

  app.decorateRequest(property, null)

  app.addHook('onRequest', (request, reply, done) => {
    if (skip(request)) return done()
    const open = manager.begin(nodeFacts(request.raw, request))
    // For what no hook sees: a hijacked reply, and what a streaming body changes.
    holdResponse(reply.raw, open, (error) => failRaw(reply, error))
    opened.set(request, open)
    place(request, property, open.session)
    if (open.isReady) return done()
    open.load().then(() => done(), done)
  })

  app.addHook('onSend', (request, reply, payload, done) => {
    const open = opened.get(request)
    if (open === undefined || reply.raw.headersSent) return done(null, payload)
    if (open.isSettled) return sent(null)
    open.commit().then(() => sent(null), sent)

    function sent(error: Failure | null): void {
      if (error !== null) {
        abandon(payload)
        beginError(reply, error)
      }
      open?.writeHeaders(new ReplyHeaders(reply))
      if (error === null) done(null, payload)
      else done(error)
    }
  })
}

// What fastify-plugin does: the hooks serve the instance that registers the plugin, not a child of it.
Object.assign(sessions, { [Symbol.for('skip-override')]: true, [Symbol.for('fastify.display-name')]: 'sojourn' })

/** What was to be sent is not read to its end, nor left open. */
function abandon(payload: unknown): void {
  if (payload instanceof Readable) payload.destroy()
  const stream = payload instanceof Response ? payload.body : payload
  if (stream instanceof ReadableStream) stream.cancel().catch(() => {})
}

interface Failure extends Error {
  readonly statusCode?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** Where Fastify answers another error already, it would keep the status and the headers of that one. */
function beginError(reply: FastifyReply, error: Failure): void {
  const { statusCode = 500, headers = {} } = error
  removeRepresentation((name) => reply.removeHeader(name))
  reply.code(statusCode).headers(headers)
}

/** The reply is no longer Fastify's, so neither is the error. */
function failRaw({ raw, log }: FastifyReply, error: unknown): void {
  log.error({ err: error }, 'the session could not be saved')
  const { statusCode = 500, headers = {} } = error as Failure
  raw.statusCode = statusCode
  for (const [name, value] of Object.entries(headers)) raw.setHeader(name, value)
  raw.end()
}

class ReplyHeaders implements HeaderSink {
  readonly #reply: FastifyReply

  constructor(reply: FastifyReply) {
    this.#reply = reply
  }

  get(name: string): string | undefined {
    return this.#reply.getHeader(name)?.toString()
  }

  set(name: string, value: string): void {
    this.#reply.header(name, value)
  }

  addCookie(value: string): void {
    this.#reply.header('Set-Cookie', value)
  }
}
