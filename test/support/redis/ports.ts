/** Free TCP ports for private servers. */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Not port 0: the system would answer with a port from the range of outgoing connections (from 32768 on Linux,
 * 49152 on macOS). A client that reconnects to a stopped server there may get the server's port as its own,
 * connect to itself, and keep the server from coming back. A cluster node's bus, at its port plus 10000, has to
 * stay below that range as well, and clear of the ports given out here.
 */
const FIRST_PORT = 11_000
const LAST_PORT = 20_999
const MAX_PROBES = 100

/** A port that nobody listened on a moment ago. Random, so that test processes side by side seldom pick the same. */
export async function freePort(): Promise<number> {
  for (let probe = 0; probe < MAX_PROBES; probe++) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1)
    if (await isFree(port)) return port
  }
  throw new Error(`No free port among ${MAX_PROBES} between ${FIRST_PORT} and ${LAST_PORT}`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
