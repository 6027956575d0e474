/** `node:http`: `createServer(withSession(async (request, response, session) => …))`. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FieldTypes } from '../http/fields.ts'
import { SessionManager, type SessionsOptions } from '../http/manager.ts'
import type { RegisteredFields, Session } from '../http/session.ts'
import { holdResponse, nodeFacts } from './node-response.ts'

export interface NodeSessionsOptions<F extends FieldTypes | null = RegisteredFields> extends SessionsOptions<F> {
  /**
   * Answers a request that failed, in the handler or with its session. Default: the error's `status`, or 500, and its
   * name in plain text; the message too where the error says that it may be shown.
   */
  onError?: (error: unknown, request: IncomingMessage, response: ServerResponse) => void
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
  const withSession =
    <Req extends IncomingMessage, Res extends ServerResponse>(
      handler: (request: Req, response: Res, session: Session<F>) => unknown,
    ) =>
    (request: Req, response: Res): void => {
      const fail = (error: unknown) => onError(error, request, response)
      const open = manager.begin(nodeFacts(request))
      holdResponse(response, open, fail)
      open
        .load()
        .then(() => handler(request, response, open.session))
        .catch(fail)
    }
  return Object.assign(withSession, { upgrade: (request: IncomingMessage) => manager.upgrade(nodeFacts(request)) })
}

interface Failure {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly expose?: boolean
  readonly message?: string
}

function answerError(error: unknown, _request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { status = 500, headers = {}, expose = false, message = '' } = (error ?? {}) as Failure
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.end(expose ? message : 'Internal Server Error')
}
