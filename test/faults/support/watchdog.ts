/** What docs/clients.md advises for node-redis, which by itself leaves a silent connection only when the system does. */
import type { createClient } from 'redis'

const SILENCE_MS = 1500
const SILENCE_BEFORE_READY_MS = 5000

/** For a client with a `pingInterval`. Returns what ends it. */
export function watchSilence(client: ReturnType<typeof createClient>): () => void {
  let heard = client.isReady ? performance.now() : Number.POSITIVE_INFINITY
  const hear = () => {
    heard = performance.now()
  }
  client.on('ready', hear).on('ping-interval', hear)
  const timer = setInterval(() => {
    if (!client.isOpen || performance.now() - heard < (client.isReady ? SILENCE_MS : SILENCE_BEFORE_READY_MS)) return
    hear()
    client.destroy()
    client.connect().catch(() => {}) // it says so by its error event
  }, 100)
  return () => clearInterval(timer)
}
