import { LoginOvertakenError, SessionLimitError, StoreUnavailableError } from '../errors.ts'
import { SessionUnavailableError } from './errors.ts'

/** Waits for the store. One that fails fails the request: 503, never a session that is silently empty. */
export function available<T>(answer: Promise<T>): Promise<T> {
  return answer.catch(asUnavailable)
}

function asUnavailable(error: unknown): never {
  if (!(error instanceof StoreUnavailableError)) throw error
  const retryAfter = error.retryAfter ?? 1
  throw new SessionUnavailableError('the session is not available at the moment', { cause: error, retryAfter })
}

/** The store will not have it, now or when asked again: what was to be saved is dropped. */
export function isRefusal(error: unknown): boolean {
  return error instanceof SessionLimitError || error instanceof LoginOvertakenError
}
