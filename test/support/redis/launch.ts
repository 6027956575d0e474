/** Starting a program and waiting until its log says that it is ready. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { freePort } from './ports.ts'
import { onProcessEnd } from './process-end.ts'

const MAX_PORTS = 10

/** One that takes `--port`. */
export interface Program {
  readonly command: string
  readonly args: readonly string[]
  /** What its log says when it is ready. */
  readonly readyText: string
}

export type Running = ChildProcessByStdio<null, Readable, Readable>

/** A program that ended, or never began, before it was ready. */
export class LaunchError extends Error {
  readonly log: string

  constructor(command: string, log: string, options?: ErrorOptions) {
    super(`${command} did not become ready:\n${log}`, options)
    this.log = log
  }
}

/** Resolves when the program is ready. It ends with this process at the latest. */
export async function launch(program: Program, cwd: string, port: number): Promise<Running> {
  const args = [...program.args, '--port', String(port)]
  const child = spawn(program.command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  child.once('spawn', () => child.once('exit', onProcessEnd(`kill -9 ${child.pid}`)))
  await ready(child, program)
  return child
}

/** Another process may take a free port first; then another port will do, unless it was `given`. */
export async function launchOnFreePort(program: Program, cwd: string, given?: number) {
  for (let attempt = 1; ; attempt++) {
    const port = given ?? (await freePort())
    try {
      return { port, child: await launch(program, cwd, port) }
    } catch (error) {
      if (given !== undefined || attempt === MAX_PORTS || !isPortTaken(error)) throw error
    }
  }
}

function isPortTaken(error: unknown): boolean {
  return error instanceof LaunchError && error.log.includes('Address already in use')
}

function ready(child: Running, { command, readyText }: Program): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    const read = (chunk: Buffer) => {
      log += chunk
      if (!log.includes(readyText)) return
      for (const stream of [child.stdout, child.stderr]) stream.off('data', read).resume() // a full pipe blocks
      resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', (cause) => reject(new LaunchError(command, cause.message, { cause })))
    child.once('close', () => reject(new LaunchError(command, log)))
  })
}

export function isRunning(child: Running): boolean {
  return child.exitCode === null && child.signalCode === null
}

/** Sends the signal and resolves when the process is gone; at once if it was. */
export async function end(child: Running, signal: NodeJS.Signals): Promise<void> {
  if (!isRunning(child)) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}
