/** How long a reader in one process sees a session as it was before another process changed it. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createClient } from 'redis'
import { RedisSessionStore } from 'sojourn'

const WRITES = 500

/** Milliseconds from Redis's answer to the writer until the reader saw the change, sorted. */
export async function revocationDelays(url: string): Promise<number[]> {
  const client = await createClient({ url }).connect()
  const store = new RedisSessionStore({ client, cache: { maxAge: 3600 } })
  const id = await store.createSession({ n: '0' })
  while ((store.cacheCounters?.hits ?? 0) === 0) {
    await store.getSession(id)
    await new Promise(setImmediate)
  }

  const program = fileURLToPath(new URL('./writer.js', import.meta.url))
  const writer = spawn(process.execPath, [program, url, id, String(WRITES)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged: bigint[] = []
  createInterface({ input: writer.stdout }).on('line', (line) => acknowledged.push(BigInt(line)))
  const seen: bigint[] = []
  while (seen.length < WRITES || acknowledged.length < WRITES) {
    const session = await store.getSession(id)
    const now = process.hrtime.bigint()
    while (seen.length < Number(session?.n)) seen.push(now)
    await new Promise(setImmediate)
  }
  await store.close()
  client.destroy()
  return seen.map((at, i) => Math.max(0, Number(at - (acknowledged[i] as bigint)) / 1e6)).sort((a, b) => a - b)
}
