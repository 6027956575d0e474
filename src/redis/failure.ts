import { OutOfMemoryError, SojournError, StoreUnavailableError } from '../errors.ts'

/**
 * A client's failure as an error of ours. The cause is a bare copy of name, code and message: some clients hang the
 * command's arguments on their errors, and with them the session ID. A message that holds the key is cut there.
 */
export function storeFailure(failure: unknown, key: string | null): SojournError {
  if (failure instanceof SojournError) return failure
  const cause = bareCopy(failure, key)
  if (cause.message.startsWith('OOM')) {
    return new OutOfMemoryError('Redis is out of memory (maxmemory) and refused the write', { cause })
  }
  return new StoreUnavailableError(`Redis failed: ${cause.message}`, { cause })
}

function bareCopy(failure: unknown, key: string | null): Error & { code?: unknown } {
  if (!(failure instanceof Error)) return new Error(typeof failure)
  const message = key === null ? failure.message : failure.message.replaceAll(key, '[key]')
  const copy: Error & { code?: unknown } = new Error(message || failure.name)
  copy.name = failure.name
  delete copy.stack
  const { code } = failure as { code?: unknown }
  if (typeof code === 'string') copy.code = code
  return copy
}
