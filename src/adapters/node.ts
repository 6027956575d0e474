/** `node:http`: `createServer(withSession(async (request, response, session) => …))`. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FieldTypes } from '../http/fields.ts'
import { SessionManager, type SessionsOptions } from '../http/manager.ts'
import { nodeFacts } from '../http/node-message.ts'
import { checkFunction } from '../http/option-types.ts'
import type { RegisteredFields, Session } from '../http/session.ts'
import { holdResponse } from './node-response.ts'

export interface NodeSessionsOptions<F extends FieldTypes | null = RegisteredFields>
  extends SessionsOptions<F, IncomingMessage> {
  /**
   * Answers a request that failed, in the handler or with its session. Default: the error's `status`, or 500, in plain
   * text, with the message where the error says that it may be shown. A response that has begun is cut off.
   */
  onError?: ((error: unknown, request: IncomingMessage, response: ServerResponse) => void) | undefined
}

export interface NodeSessions<F extends FieldTypes | null> {
  /** Wraps a handler of `createServer`. */
  <Req extends IncomingMessage, Res extends ServerResponse>(
    handler: (request: Req, response: Res, session: Session<F>) => unknown,
  ): (request: Req, response: Res) => void
  /** The session of a WebSocket upgrade. Rejects with `CrossOriginError` unless the request comes from our own origin. */
  upgrade(request: IncomingMessage): Promise<Session<F>>
}

/** @throws {InvalidArgumentError} when an option is wrong */
export function sessions<const F extends FieldTypes | null = RegisteredFields>(
  options: NodeSessionsOptions<F>,
): NodeSessions<F> {
  const { onError = answerError } = options
  const manager = new SessionManager<F>(options, ['onError'])
  checkFunction('onError', onError)
  const withSession =
    <Req extends IncomingMessage, Res extends ServerResponse>(
      handler: (request: Req, response: Res, session: Session<F>) => unknown,
    ) =>
    async (request: Req, response: Res): Promise<void> => {
      const fail = (error: unknown) => onError(error, request, response)
      const open = manager.begin(nodeFacts(request))
      const held = holdResponse(response, open, fail)
      try {
        if (!open.isReady) await open.load()
        await handler(request, response, open.session)
      } catch (error) {
        if (!held.hasGivenUp) fail(error)
      }
    }
  return Object.assign(withSession, { upgrade: (request: IncomingMessage) => manager.upgrade(nodeFacts(request)) })
}

interface Failure {
  readonly status?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly expose?: unknown
  readonly message?: unknown
}

function answerError(error: unknown, _request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { status, headers = {}, expose, message } = (error ?? {}) as Failure
  response.statusCode = isErrorStatus(status) ? status : 500
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.end(expose === true ? String(message) : 'Internal Server Error')
}

function isErrorStatus(status: unknown): status is number {
  return Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599
}
