/** A contender in a process of its own, so that what loads it does not slow it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface ContenderProcess {
  readonly origin: string
  stop(): void
}

/** Runs a program that prints the port it serves on. */
export async function startContender(program: URL, args: readonly string[]): Promise<ContenderProcess> {
  const server = spawn(process.execPath, [...process.execArgv, fileURLToPath(program), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [port] = (await once(createInterface({ input: server.stdout }), 'line')) as [string]
  return { origin: `http://127.0.0.1:${port}`, stop: () => server.kill() }
}

/** The cookie of the session that a visit begins; `null` when it begins none. */
export async function cookieOf(url: string): Promise<string | null> {
  const [cookie] = (await fetch(url)).headers.getSetCookie()
  return cookie?.split(';')[0] ?? null
}
