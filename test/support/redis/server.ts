/** Private Redis servers: real processes on free ports, gone with the test process. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { openDirectory } from './directory.ts'
import { end, isRunning, launch, launchOnFreePort, type Program, type Running } from './launch.ts'

export const HOST = '127.0.0.1'

export interface RedisServer {
  readonly host: string
  readonly port: number
  readonly url: string
  readonly dir: string
  /** Another one after each restart. */
  readonly process: Running
  readonly running: boolean
  /** Ends the process without a goodbye, or by another signal. To pause it, use `process.kill('SIGSTOP')`. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Ends the server for good and removes its directory. */
  stop(): Promise<void>
  /** Shuts down in order, if it still runs, and starts on the same port: with its files, or `empty` without. */
  restart(options?: { empty?: boolean }): Promise<void>
  /** Runs `redis-cli`: resolves with the reply as text, rejects if the reply is an error. */
  cli(...args: string[]): Promise<string>
}

export interface RedisOptions {
  /** Come after the defaults and prevail: `['--appendonly', 'yes']`. */
  readonly args?: readonly string[]
  readonly port?: number
  /** One that exists, and stays after `stop`. */
  readonly dir?: string
}

export function startRedis({ args = [], ...options }: RedisOptions = {}): Promise<RedisServer> {
  const program = {
    command: 'redis-server',
    args: [...DEFAULT_ARGS, ...args],
    readyText: 'Ready to accept connections',
  }
  return startServer(program, options)
}

// biome-ignore format: each flag beside its value
const DEFAULT_ARGS = [
  '--bind', HOST, '--protected-mode', 'no', '--daemonize', 'no', '--loglevel', 'notice',
  '--save', '', '--appendonly', 'no',
]

/**
 * For masters with replicas. After a diskless snapshot, a master holds its writes back from a replica, whose link
 * counts as up, until the replica acknowledges, up to a second later: a failover in between would lose them.
 */
export const REPLICATION_ARGS = ['--repl-diskless-sync', 'no']

export interface ServerOptions extends Omit<RedisOptions, 'args'> {
  /** Configuration files to write into the directory, by name. */
  readonly files?: Readonly<Record<string, string>>
}

/** Starts whatever speaks Redis's protocol. */
export async function startServer(program: Program, options: ServerOptions): Promise<RedisServer> {
  const directory = await openDirectory(options.files ?? {}, options.dir)
  const launched = await launchOnFreePort(program, directory.path, options.port).catch(async (error: unknown) => {
    await directory.remove()
    throw error
  })
  const { port } = launched
  let { child } = launched
  return {
    host: HOST,
    port,
    url: `redis://${HOST}:${port}`,
    dir: directory.path,
    get process() {
      return child
    },
    get running() {
      return isRunning(child)
    },
    kill: (signal = 'SIGKILL') => end(child, signal),
    async stop() {
      await end(child, 'SIGKILL')
      await directory.remove()
    },
    async restart({ empty = false } = {}) {
      await end(child, 'SIGTERM')
      if (empty) await directory.reset()
      child = await launch(program, directory.path, port)
    },
    cli: (...args) => cli(port, args),
  }
}

async function cli(port: number, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('redis-cli', ['-e', '-h', HOST, '-p', String(port), ...args])
  return stdout.replace(/\n$/, '')
}
