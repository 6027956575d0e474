/**
 * node-redis has no call for a new connection, but opens one whenever Redis closes the old, which QUIT asks for. What would
 * follow QUIT on the old connection would be lost, so until that is closed nothing is sent.
 */
import { type EventEmitter, once } from 'node:events'
import type { RedisPort } from '../port.ts'

export interface Quittable {
  sendCommand(args: string[]): Promise<unknown>
}

/** A port whose client can be told to reconnect. */
export function reconnectable(port: RedisPort, client: Quittable): RedisPort {
  let closing: Promise<void> | null = null
  return {
    ...port,
    command(key, args, withdrawal) {
      if (closing === null) return port.command(key, args, withdrawal)
      return closing.then(() => {
        if (withdrawal?.aborted) throw new Error('nobody waits for the command any more')
        return port.command(key, args, withdrawal)
      })
    },
    reconnect() {
      closing ??= hangUp(client).finally(() => {
        closing = null
      })
    },
  }
}

/** Until the connection is closed, or Redis will not. */
async function hangUp(client: Quittable): Promise<void> {
  const enough = new AbortController()
  const refused = client.sendCommand(['QUIT']).then(() => new Promise<never>(() => {}))
  const closed = once(client as unknown as EventEmitter, 'reconnecting', enough)
  await Promise.race([refused, closed]).catch(() => {})
  enough.abort()
}
