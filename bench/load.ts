/** Load from outside the server's process: wrk where it is installed, for it takes least from what is measured; else autocannon. */
import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import autocannon from 'autocannon'

export interface Load {
  readonly url: string
  readonly cookie: string | null
  readonly connections: number
  readonly seconds: number
}

export interface Measured {
  /** Requests a second. */
  readonly rate: number
  /** The 99th percentile of latency, in milliseconds. */
  readonly p99: number
}

const run = promisify(execFile)

export const LOADER: string = hasWrk() ? 'wrk' : 'autocannon'

/**
 * Loads a server for a second that does not count: one that has waited for its turn is slow at first, since V8 has dropped
 * code that nobody ran.
 */
export async function warmUp(options: Omit<Load, 'seconds'>): Promise<void> {
  await load({ ...options, seconds: 1 })
}

/** Loads a server for some seconds. Throws when an answer was not a success: what fails fast measures nothing. */
export function load(options: Load): Promise<Measured> {
  return LOADER === 'wrk' ? loadByWrk(options) : loadByAutocannon(options)
}

async function loadByWrk({ url, cookie, connections, seconds }: Load): Promise<Measured> {
  const headers = cookie === null ? [] : ['-H', `Cookie: ${cookie}`]
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', ...headers, url]
  const { stdout } = await run('wrk', args)
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1])
  const [, p99, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? []
  if (/Non-2xx/.test(stdout) || Number.isNaN(rate)) throw new Error(`wrk on ${url}:\n${stdout}`)
  return { rate, p99: Number(p99) * { us: 0.001, ms: 1, s: 1000 }[unit as 'us' | 'ms' | 's'] }
}

async function loadByAutocannon({ url, cookie, connections, seconds }: Load): Promise<Measured> {
  const headers = cookie === null ? {} : { cookie }
  const { requests, latency, non2xx, errors } = await autocannon({ url, connections, duration: seconds, headers })
  if (non2xx + errors > 0) throw new Error(`autocannon on ${url}: ${non2xx} bad answers, ${errors} errors`)
  return { rate: requests.average, p99: latency.p99 }
}

function hasWrk(): boolean {
  try {
    execFileSync('wrk', ['-v'], { stdio: 'ignore' })
    return true
  } catch (error) {
    return (error as { status?: number | null }).status === 1 // it prints its version and fails
  }
}
