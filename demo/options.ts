/** What the command line says, checked. */
import { parseArgs } from 'node:util'
import { DEFAULT_TTL, MAX_TTL } from 'sojourn'

export interface Options {
  readonly host: string
  readonly port: number
  /** Idle TTL of a session whose login does not name one, in seconds. */
  readonly ttl: number
  /** Seconds after which a session ends whatever happens; `null` for none. */
  readonly absoluteTtl: number | null
  readonly hashIds: boolean
  /** `either`: Redis if it answers, else memory. */
  readonly engine: 'redis' | 'memory' | 'either'
  readonly redisUrl: URL
}

/** Why the demo does not start, in one sentence. */
export class StartError extends Error {}

export const HELP = `Usage: npm run demo -- [options]

  --host <name>             address to listen on                       (127.0.0.1)
  --port <number>           port to listen on, 0 for any               (8080)
  --redis-host <name>       where Redis is                             (localhost)
  --redis-port <number>                                                (6379)
  --redis-url <url>         the same in one, redis://user:password@host:6379/0
  --engine <name>           redis or memory     (redis if it answers, else memory)
  --ttl <seconds>           idle TTL of a new session                       (${DEFAULT_TTL})
  --absolute-ttl <seconds>  lifetime that nothing extends                   (none)
  --hash-ids                keep SHA-256 of the session ID in Redis, not the ID
  --help
`

const FLAGS = {
  host: { type: 'string', default: '127.0.0.1' },
  port: { type: 'string', default: '8080' },
  'redis-host': { type: 'string' },
  'redis-port': { type: 'string' },
  'redis-url': { type: 'string' },
  engine: { type: 'string' },
  ttl: { type: 'string', default: String(DEFAULT_TTL) },
  'absolute-ttl': { type: 'string' },
  'hash-ids': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** The options, or `null` when help was asked for. @throws {StartError} */
export function readOptions(args: string[]): Options | null {
  const flags = parse(args)
  if (flags.help) return null
  const redisFlags = (['redis-host', 'redis-port', 'redis-url'] as const).filter((name) => flags[name] !== undefined)
  const absoluteTtl = flags['absolute-ttl']
  return {
    host: flags.host,
    port: wholeNumber('--port', flags.port, 0, 65_535),
    ttl: wholeNumber('--ttl', flags.ttl, 1, MAX_TTL),
    absoluteTtl: absoluteTtl === undefined ? null : wholeNumber('--absolute-ttl', absoluteTtl, 1, MAX_TTL),
    hashIds: flags['hash-ids'],
    engine: engineOf(flags.engine, redisFlags),
    redisUrl: redisUrlOf(flags),
  }
}

type Flags = ReturnType<typeof parse>

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: FLAGS }).values
  } catch (error) {
    const [sentence] = (error as Error).message.split('. ')
    throw new StartError(`${sentence}; --help shows what there is.`)
  }
}

function wholeNumber(flag: string, value: string, least: number, most: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
  if (number >= least && number <= most) return number
  throw new StartError(`${flag} must be a whole number from ${least} to ${most}, not "${value}".`)
}

function engineOf(engine: string | undefined, redisFlags: string[]): Options['engine'] {
  if (engine === undefined) return redisFlags.length > 0 ? 'redis' : 'either'
  if (engine !== 'redis' && engine !== 'memory') {
    throw new StartError(`--engine must be redis or memory, not "${engine}".`)
  }
  if (engine === 'memory' && redisFlags.length > 0) {
    throw new StartError(`--engine memory and --${redisFlags[0]} contradict each other.`)
  }
  return engine
}

function redisUrlOf(flags: Flags): URL {
  const url = flags['redis-url']
  const [host, port] = [flags['redis-host'], flags['redis-port']]
  if (url === undefined) {
    const number = wholeNumber('--redis-port', port ?? '6379', 1, 65_535)
    const name = host?.includes(':') ? `[${host}]` : (host ?? 'localhost')
    if (URL.canParse(`redis://${name}:${number}`)) return new URL(`redis://${name}:${number}`)
    throw new StartError(`--redis-host must be the name or address of a host, not "${host}".`)
  }
  if (host !== undefined || port !== undefined) {
    throw new StartError('--redis-url says it all: leave out --redis-host and --redis-port.')
  }
  if (URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol)) return new URL(url)
  throw new StartError('--redis-url must look like redis://localhost:6379.') // not quoted: it may hold a password
}
