import { StoreUnavailableError, UnknownOutcomeError } from './errors.ts'

/** Waits for what follows a change that was made: if that fails, no error may say that nothing was changed. */
export async function afterChange<T>(rest: Promise<T>): Promise<T> {
  try {
    return await rest
  } catch (error) {
    if (!(error instanceof StoreUnavailableError) || error instanceof UnknownOutcomeError) throw error
    throw new UnknownOutcomeError(`the change was made in part: ${error.message}`, { cause: error })
  }
}
