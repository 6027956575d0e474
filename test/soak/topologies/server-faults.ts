/** What befalls one server, whichever part it has. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisServer } from '../../support/redis/server.ts'

/** `CLIENT PAUSE`: it takes commands and answers none. */
export async function pause(server: RedisServer, milliseconds: number): Promise<void> {
  await server.cli('CLIENT', 'PAUSE', String(Math.round(milliseconds)), 'ALL')
  await sleep(milliseconds) // until then it would not answer us either
}

/** `SIGSTOP`: the system takes what is sent to it, and nobody reads it. Thaws it when `until` resolves. */
export async function freeze(server: RedisServer, until: () => Promise<unknown>): Promise<void> {
  server.process.kill('SIGSTOP')
  try {
    await until()
  } finally {
    server.process.kill('SIGCONT')
  }
}

/** Closes the connections of all applications. */
export function dropConnections(server: RedisServer): Promise<string> {
  return server.cli('CLIENT', 'KILL', 'TYPE', 'normal')
}

export async function flushScripts(servers: readonly RedisServer[]): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await Promise.all(servers.map((server) => server.cli('SCRIPT', 'FLUSH')))
    await sleep(20)
  }
}
