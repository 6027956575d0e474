/**
 * Errors that a request ends with. They carry what frameworks look for: `status` and `statusCode` (Express, Koa, Fastify),
 * `headers` (Express, Koa), `expose` (Koa) and `getResponse` (Hono, Fetch).
 */
import { SojournError } from '../errors.ts'

abstract class RequestError extends SojournError {
  abstract readonly status: number
  readonly headers: Readonly<Record<string, string>> = { 'Cache-Control': 'no-store' }
  /** Whether the message may be shown to the visitor. */
  readonly expose: boolean = true

  get statusCode(): number {
    return this.status
  }

  getResponse(): Response {
    return new Response(this.message, {
      status: this.status,
      headers: { 'Content-Type': 'text/plain; charset=utf-8', ...this.headers },
    })
  }
}

/** The session could not be read or saved: 503. The cookie stays as it is, and nobody is taken for someone else. */
export class SessionUnavailableError extends RequestError {
  readonly code = 'SOJOURN_SESSION_UNAVAILABLE'
  readonly status = 503
  override readonly headers: Readonly<Record<string, string>>

  /** `retryAfter`: in seconds. */
  constructor(message: string, { cause, retryAfter = 1 }: { cause?: unknown; retryAfter?: number } = {}) {
    super(message, { cause })
    this.headers = { 'Cache-Control': 'no-store', 'Retry-After': String(retryAfter) }
  }
}

/** A request that changes something came with a live session from another origin: 403. */
export class CrossOriginError extends RequestError {
  readonly code = 'SOJOURN_CROSS_ORIGIN'
  readonly status = 403
}

/** The status that an error asks for; 500 if it asks for none, or for one that is no error's. */
export function errorStatus(error: unknown): number {
  const { status, statusCode } = (error ?? {}) as { status?: unknown; statusCode?: unknown }
  return [status, statusCode].find(isErrorStatus) ?? 500
}

function isErrorStatus(status: unknown): status is number {
  return Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599
}

/** The session was used after `destroy`. */
export class SessionDestroyedError extends SojournError {
  readonly code = 'SOJOURN_SESSION_DESTROYED'
}

/** A lazy session was used before `load`. */
export class SessionNotLoadedError extends SojournError {
  readonly code = 'SOJOURN_SESSION_NOT_LOADED'
}

/** The ticket would have to change, but the response has begun and its headers are gone. */
export class ResponseStartedError extends SojournError {
  readonly code = 'SOJOURN_RESPONSE_STARTED'
}

/** A field was used that the declaration does not have, or with a value that does not fit it. */
export class FieldError extends SojournError {
  readonly code = 'SOJOURN_FIELD'
}
