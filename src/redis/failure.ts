import { OutOfMemoryError, SojournError, StoreUnavailableError, UnknownOutcomeError } from '../errors.ts'

/**
 * A client's failure as an error of ours. The cause is a bare copy of name, code and message: some clients hang the
 * command's arguments on their errors, and with them the session ID. The key and what Redis quotes of the arguments are cut
 * out of the message.
 */
export function storeFailure(failure: unknown, key: string | null): SojournError {
  if (failure instanceof SojournError) return failure
  const cause = bareCopy(failure, key)
  if (cause.message.startsWith('OOM')) {
    return new OutOfMemoryError('Redis is out of memory (maxmemory) and refused the write', { cause })
  }
  return new StoreUnavailableError(`Redis failed: ${cause.message}`, { cause })
}

/** A change that was sent and not answered. */
export function unknownOutcome(failure: unknown, key: string | null): UnknownOutcomeError {
  const cause = failure instanceof SojournError ? failure : bareCopy(failure, key)
  return new UnknownOutcomeError(`it is not known whether the change was made: ${cause.message}`, { cause })
}

/**
 * Whether a failure is what Redis itself replied: then the command had no effect. Its first word is a code in capitals
 * (https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors), which no failure of a connection begins with.
 */
export function isReply(failure: unknown): failure is Error {
  return failure instanceof Error && /^[A-Z][A-Z0-9]+ /.test(failure.message)
}

/** The failure of a command for several keys, with none of them in its message. */
export function withoutKeys(failure: unknown, keys: readonly string[]): unknown {
  return keys.reduce(bareCopy, failure)
}

/** Of a command that a server does not have, Redis quotes the first 128 bytes of its arguments; no other error quotes any. */
const QUOTED_ARGUMENTS = /, with args beginning with.*/s

function bareCopy(failure: unknown, key: string | null): Error & { code?: unknown } {
  if (!(failure instanceof Error)) return new Error(typeof failure)
  const told = failure.message.replace(QUOTED_ARGUMENTS, '')
  const message = key === null ? told : told.replaceAll(key, '[key]')
  const copy: Error & { code?: unknown } = new Error(message || failure.name)
  copy.name = failure.name
  delete copy.stack
  const { code } = failure as { code?: unknown }
  if (typeof code === 'string') copy.code = code
  return copy
}
