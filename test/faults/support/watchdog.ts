/** What docs/clients.md advises for node-redis, which by itself leaves a silent connection only when the system does. */
import type { createClient } from 'redis'

const SILENCE_MS = 1500

/** For a client with a `pingInterval`. Returns what ends it. */
export function watchSilence(client: ReturnType<typeof createClient>): () => void {
  let heard = performance.now()
  const hear = () => {
    heard = performance.now()
  }
  client.on('ready', hear).on('ping-interval', hear)
  const timer = setInterval(() => {
    if (!client.isReady || performance.now() - heard < SILENCE_MS) return
    client.destroy()
    client.connect().catch(() => {}) // it says so by its error event
  }, 100)
  return () => clearInterval(timer)
}
