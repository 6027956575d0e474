/** The error first: an `Error`, or `null` or `undefined` when all is well. */
export type Callback<T> = (error?: unknown, value?: T) => void

/**
 * Tells a callback, if there is one, how a promise turned out; else the promise itself is the answer. The callback runs
 * once, on a stack of its own: what it throws is its caller's affair, not a second outcome. Who takes neither, such as
 * `session.destroy()` without a callback, hears of no failure: an unhandled rejection would end the process.
 */
export function answer<T>(outcome: Promise<T>, callback: Callback<T> | undefined): Promise<T> | undefined {
  if (typeof callback !== 'function') {
    outcome.catch(() => {})
    return outcome
  }
  outcome.then(
    (value) => queueMicrotask(() => callback(null, value)),
    (error) => queueMicrotask(() => callback(error)),
  )
  return undefined
}
