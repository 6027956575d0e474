/** How long this process has waited for its turn on a busy machine, told by a timer that comes late. */
const INTERVAL_MS = 20

let total = 0
let last = performance.now()

setInterval(() => {
  const now = performance.now()
  total += Math.max(0, now - last - 2 * INTERVAL_MS)
  last = now
}, INTERVAL_MS).unref()

/** Milliseconds, all in all. */
export function stalled(): number {
  return total + Math.max(0, performance.now() - last - 2 * INTERVAL_MS)
}
