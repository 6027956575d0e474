/**
 * What can go wrong, as classes with a stable `code`.
 *
 * Absence is never an error: a session that is missing, expired or malformed is `null` or `false`.
 * An error means that the caller is wrong or that the system failed. No message holds a session ID,
 * and `cause` is a copy without the client's own properties (some clients attach the command's arguments).
 */

/** The base of every error that sojourn throws on purpose. */
export abstract class SojournError extends Error {
  /** Stable across releases; the message is not. */
  abstract readonly code: string

  override get name(): string {
    return this.constructor.name
  }
}

/** An option or argument is wrong; nothing was sent to Redis and nothing changed. */
export class InvalidArgumentError extends SojournError {
  readonly code = 'SOJOURN_INVALID_ARGUMENT'
}

/** A field name that only sojourn may write was used where leaving it out would mislead. */
export class ReservedFieldError extends SojournError {
  readonly code = 'SOJOURN_RESERVED_FIELD'
}

/** The data would exceed a size limit of the store; nothing changed. */
export class LimitExceededError extends SojournError {
  readonly code = 'SOJOURN_LIMIT_EXCEEDED'
}

/** An increment met a stored value that is not a 64-bit integer; nothing changed. */
export class NotAnIntegerError extends SojournError {
  readonly code = 'SOJOURN_NOT_AN_INTEGER'
}

/** An increment would leave the range of a signed 64-bit integer; nothing changed. */
export class IntegerOverflowError extends SojournError {
  readonly code = 'SOJOURN_INTEGER_OVERFLOW'
}

/** A new session would exceed the number that a limit with `onExceed: 'refuse'` allows; it was not created. */
export class SessionLimitError extends SojournError {
  readonly code = 'SOJOURN_SESSION_LIMIT'
}

/** Everything was logged out while a login was under way; the login must not outlive that. Nothing was created. */
export class LoginOvertakenError extends SojournError {
  readonly code = 'SOJOURN_LOGIN_OVERTAKEN'
}

/** The client passed to the store is of no supported kind. */
export class UnsupportedClientError extends SojournError {
  readonly code = 'SOJOURN_UNSUPPORTED_CLIENT'
}

/** Redis could not be reached or refused the command; nothing was changed. */
export class StoreUnavailableError extends SojournError {
  readonly code: string = 'SOJOURN_UNAVAILABLE'
  /** Seconds after which it is worth trying again; `null` when that is not known. */
  readonly retryAfter: number | null

  constructor(message: string, options: { cause?: unknown; retryAfter?: number } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {})
    this.retryAfter = options.retryAfter ?? null
  }
}

/** Redis is out of memory (`maxmemory` with `noeviction`); nothing was written. */
export class OutOfMemoryError extends StoreUnavailableError {
  override readonly code = 'SOJOURN_OUT_OF_MEMORY'
}

/** No reply came within `commandTimeout`; nothing was changed, and nothing will be. */
export class CommandTimeoutError extends StoreUnavailableError {
  override readonly code = 'SOJOURN_TIMEOUT'
}

/**
 * The connection was lost, or the deadline passed, after a change had been sent and before Redis answered: it may have been
 * made, in whole or in part, or may still be. It is not sent again. `cause` says what happened.
 */
export class UnknownOutcomeError extends StoreUnavailableError {
  override readonly code = 'SOJOURN_UNKNOWN_OUTCOME'
}
