/** Cleaning up when the test process ends before its tests could. */

const cleanups = new Set<() => void>()
let listening = false

/** Has `cleanUp`, which must be synchronous, run when this process ends. Returns what takes that back. */
export function onProcessEnd(cleanUp: () => void): () => void {
  cleanups.add(cleanUp)
  if (!listening) listen()
  return () => void cleanups.delete(cleanUp)
}

function listen(): void {
  listening = true
  process.once('exit', cleanUpAll)
  // A worker whose test runner is gone would live on for the servers it started.
  process.once('disconnect', cleanUpAll)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      cleanUpAll()
      // Listening took the signal's default away. Not process.exit(): test runners replace it.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
    })
  }
}

/** Last in, first out: a process ends before its directory goes. */
function cleanUpAll(): void {
  for (const cleanUp of [...cleanups].reverse()) cleanUp()
  cleanups.clear()
}
