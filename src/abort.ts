import { InvalidArgumentError } from './errors.ts'
import { show } from './show.ts'

/**
 * Runs an operation that its caller may walk away from. The operation itself is never cut in the middle:
 * a command whose reply is not read would leave the connection out of step (CVE-2023-28858).
 */
export function abortable<T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
  if (signal === undefined) return run()
  if (!(signal instanceof AbortSignal)) {
    return Promise.reject(new InvalidArgumentError(`signal must be an AbortSignal, got ${show(signal)}`))
  }
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    run()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/** Walks an iteration that its caller may walk away from. What is under way ends by itself, and the iteration after it. */
export async function* abortableEach<T>(
  signal: AbortSignal | undefined,
  iterable: AsyncIterable<T>,
): AsyncGenerator<T> {
  const iterator = iterable[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await abortable(signal, () => iterator.next())
      if (next.done === true) return
      yield next.value
    }
  } finally {
    const ending = Promise.resolve(iterator.return?.())
    // After an abort a step may still be under way, which the end would wait for.
    if (signal?.aborted) ending.catch(() => {})
    else await ending
  }
}
