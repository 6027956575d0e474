/** The demo's command line. */
import { expect, test } from 'vitest'
import { readOptions } from '../../demo/options.ts'

test('nothing has to be said', () => {
  const { redisUrl, ...options } = readOptions([]) ?? {}
  expect(options).toEqual({
    host: '127.0.0.1',
    port: 8080,
    ttl: 1800,
    absoluteTtl: null,
    hashIds: false,
    engine: 'either',
  })
  expect(redisUrl?.href).toBe('redis://localhost:6379')
})

test.each([
  [['--redis-host', 'cache'], 'redis', 'redis://cache:6379'],
  [['--redis-host', '::1'], 'redis', 'redis://[::1]:6379'],
  [['--redis-port', '6390'], 'redis', 'redis://localhost:6390'],
  [['--redis-url', 'rediss://andrew@cache:7000/2'], 'redis', 'rediss://andrew@cache:7000/2'],
  [['--engine', 'redis'], 'redis', 'redis://localhost:6379'],
  [['--engine', 'memory'], 'memory', 'redis://localhost:6379'],
])('%j', (args, engine, url) => {
  const options = readOptions(args)
  expect([options?.engine, options?.redisUrl.href]).toEqual([engine, url])
})

test('help is all that is wanted', () => {
  expect(readOptions(['--help', '--port', 'http'])).toBeNull()
})

test.each([
  [['now'], "Unexpected argument 'now'; --help shows what there is."],
  [['--ttl'], "Option '--ttl <value>' argument missing; --help shows what there is."],
  [['--port', 'http'], '--port must be a whole number from 0 to 65535, not "http".'],
  [['--port', '65536'], '--port must be a whole number from 0 to 65535, not "65536".'],
  [['--ttl', '0'], '--ttl must be a whole number from 1 to 8000000000000, not "0".'],
  [['--absolute-ttl', '1.5'], '--absolute-ttl must be a whole number from 1 to 8000000000000, not "1.5".'],
  [['--engine', 'disk'], '--engine must be redis or memory, not "disk".'],
  [['--engine', 'memory', '--redis-port', '1'], '--engine memory and --redis-port contradict each other.'],
  [['--redis-host', 'a b'], '--redis-host must be the name or address of a host, not "a b".'],
  [['--redis-url', 'http://andrew:secret@a'], '--redis-url must look like redis://localhost:6379.'],
  [
    ['--redis-url', 'redis://a', '--redis-port', '1'],
    '--redis-url says it all: leave out --redis-host and --redis-port.',
  ],
])('%j is refused', (args, sentence) => {
  expect(() => readOptions(args)).toThrow(new Error(sentence))
})
