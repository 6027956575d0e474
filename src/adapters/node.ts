/** `node:http`: `createServer(withSession(async (request, response, session) => …))`. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorStatus } from '../http/errors.ts'
import type { FieldTypes } from '../http/fields.ts'
import { SessionManager, type SessionsOptions } from '../http/manager.ts'
import { isHttp2, type NodeRequest, type NodeResponse, nodeFacts } from '../http/node-message.ts'
import { checkFunction } from '../http/option-types.ts'
import { isRepresentation, removeRepresentation } from '../http/representation.ts'
import type { RegisteredFields, Session } from '../http/session.ts'
import { holdResponse } from './node-response.ts'

type OnError<Req, Res> = (error: unknown, request: Req, response: Res) => void | Promise<void>

export interface NodeSessionsOptions<
  F extends FieldTypes | null = RegisteredFields,
  Req extends NodeRequest = IncomingMessage,
  Res extends NodeResponse = ServerResponse,
> extends SessionsOptions<F, Req> {
  /**
   * Answers a request that failed, in the handler or with its session. Default: the error's `status` or `statusCode`, or
   * 500, in plain text, with the message where the error says that it may be shown. A response that has begun is cut off;
   * one that has ended is not. Where `onError` itself throws or rejects, the default answers.
   */
  onError?: OnError<Req, Res> | undefined
}

export interface NodeSessions<F extends FieldTypes | null> {
  /** Wraps a handler of `createServer`, be it that of `node:http`, `node:https` or `node:http2`. */
  <Req extends NodeRequest = IncomingMessage, Res extends NodeResponse = ServerResponse>(
    handler: (request: Req, response: Res, session: Session<F>) => unknown,
  ): (request: Req, response: Res) => void
  /** The session of a WebSocket upgrade. Rejects with `CrossOriginError` unless the request comes from our own origin. */
  upgrade(request: IncomingMessage): Promise<Session<F>>
}

/** @throws {InvalidArgumentError} when an option is wrong */
export function sessions<
  const F extends FieldTypes | null = RegisteredFields,
  Req extends NodeRequest = IncomingMessage,
  Res extends NodeResponse = ServerResponse,
>(options: NodeSessionsOptions<F, Req, Res>): NodeSessions<F> {
  const { onError = answerError as OnError<unknown, unknown> } = options
  const manager = new SessionManager<F>(options, ['onError'])
  checkFunction('onError', onError)
  const withSession =
    <Req extends NodeRequest, Res extends NodeResponse>(
      handler: (request: Req, response: Res, session: Session<F>) => unknown,
    ) =>
    async (request: Req, response: Res): Promise<void> => {
      const own = response as ServerResponse // the API of HTTP/2 is the same, as far as it is used here
      const fail = (error: unknown) => void answer(onError as OnError<unknown, unknown>, error, request, own)
      const open = manager.begin(nodeFacts(request))
      const held = holdResponse(own, open, fail)
      try {
        if (!open.isReady) await open.load()
        await handler(request, response, open.session)
      } catch (error) {
        if (!held.hasGivenUp) fail(error)
      }
    }
  return Object.assign(withSession, { upgrade: (request: IncomingMessage) => manager.upgrade(nodeFacts(request)) })
}

async function answer(
  onError: OnError<unknown, unknown>,
  error: unknown,
  request: NodeRequest,
  response: ServerResponse,
): Promise<void> {
  try {
    await onError(error, request, response)
  } catch {
    answerAnyway(error, response)
  }
}

function answerAnyway(error: unknown, response: ServerResponse): void {
  try {
    answerError(error, null, response)
  } catch {
    response.destroy() // nobody is left to be told
  }
}

interface Failure {
  readonly headers?: unknown
  readonly expose?: unknown
  readonly message?: unknown
}

function answerError(error: unknown, _request: unknown, response: ServerResponse): void {
  if (response.headersSent) {
    if (!response.writableEnded) response.destroy()
    return
  }
  const { headers, expose, message } = (error ?? {}) as Failure
  removeRepresentation((name) => response.removeHeader(name))
  response.statusCode = errorStatus(error)
  if (!isHttp2(response)) response.statusMessage = ''
  addHeaders(response, headers)
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.end(expose === true ? String(message) : 'Internal Server Error')
}

/** An error may come from anywhere, and bring anything as its headers: what cannot be sent is left out. */
function addHeaders(response: ServerResponse, headers: unknown): void {
  if (typeof headers !== 'object') return
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (isRepresentation(name) || !isHeaderValue(value)) continue
    try {
      response.setHeader(name, value)
    } catch {
      // Node refuses the name, or a character in the value.
    }
  }
}

function isHeaderValue(value: unknown): value is string | number | string[] {
  return typeof value === 'string' || typeof value === 'number' || Array.isArray(value)
}
