/** The demo as it is run: the compiled server in a process of its own. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { end, launchOnFreePort, type Running } from '../support/redis/launch.ts'

export interface Demo {
  readonly origin: string
  readonly process: Running
  stop(): Promise<void>
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const server = 'build/demo/server.js'

export async function startDemo(...args: string[]): Promise<Demo> {
  const program = { command: process.execPath, args: [server, ...args], readyText: 'Ctrl-C ends it' }
  const { port, child } = await launchOnFreePort(program, root)
  return { origin: `http://localhost:${port}`, process: child, stop: () => end(child, 'SIGTERM') }
}

/** What a start that fails leaves behind. */
export async function failingStart(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [server, ...args], { cwd: root, timeout: 10_000 })
    throw new Error(`The demo ended without complaint: ${stdout}`)
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string }
  }
}

/** The page's script: `npm run demo` compiles it by itself, and so do tests that need it. */
export async function compilePage(): Promise<void> {
  await promisify(execFile)(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'demo/public'], { cwd: root })
}
