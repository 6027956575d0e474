/** Replies that no Redis gives, and what becomes of a call that gets one. */
import { SojournError } from '../../../src/index.ts'
import { type Answer, resp } from '../../support/lying-server.ts'

export const STAMP = '2026-04-02T12:34:56+00:00'
export const SESSION = ['session_ttl', '60', 'created_at', STAMP, 'last_accessed_at', STAMP]

export const REPLIES: Readonly<Record<string, ReturnType<Answer>>> = {
  nil: resp(null),
  'nil array': '*-1\r\n',
  zero: resp(0),
  one: resp(1),
  'a number': resp(1234567890123),
  'a negative number': resp(-3),
  'an unknown refusal': resp(-99),
  'no integer of 64 bits': ':99999999999999999999999\r\n',
  OK: '+OK\r\n',
  'an empty string': resp(''),
  text: resp('foo'),
  'broken JSON': resp('["session_ttl",'),
  'JSON null': resp('null'),
  'a JSON number': resp('17'),
  'a JSON object': resp('{"length":6,"0":"session_ttl","__proto__":{"polluted":"yes"}}'),
  'JSON of numbers': resp('[1,2,3,4,5,6]'),
  'JSON of lists': resp('[["session_ttl"],["60"]]'),
  'JSON of odd length': resp(JSON.stringify([...SESSION, 'odd'])),
  'JSON with __proto__': resp(JSON.stringify([...SESSION, '__proto__', 'polluted', 'constructor', 'x'])),
  'an empty list': resp([]),
  'a list of one': resp(['a']),
  'a pointer to nowhere': resp(['not sealed', '']),
  'a pointer to a pointer, for ever': resp(['A'.repeat(43), '']),
  'a pointer to a number': resp([1, 2]),
  'a pointer with half a handover': resp(['A'.repeat(43), '[']),
  'a list of nils': resp([null, null, null, null]),
  'a list of lists': resp([[], [[]], [[[]]], []]),
  'a list of text': resp(['a', 'b', 'c', 'd']),
  'a session as a list': resp(SESSION),
  'a huge string': resp('x'.repeat(4_000_000)),
  'a huge list': resp(Array.from({ length: 100_000 }, (_, i) => i)),
  'an error': '-ERR no\r\n',
  'an error without a word': '-\r\n',
  'NOSCRIPT for ever': '-NOSCRIPT No matching script.\r\n',
  'WRONGTYPE for ever': '-WRONGTYPE Operation against a key\r\n',
  OOM: '-OOM command not allowed\r\n',
  'a redirect to nowhere': '-MOVED 1 127.0.0.1:1\r\n',
  silence: null,
  'a cut string': { closing: true, bytes: '$100\r\nabc' },
  'a cut list': { closing: true, bytes: '*3\r\n$1\r\na\r\n' },
  'another protocol': 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n',
  'bytes of no meaning': '\u0000\u0001\u0002\r\n\r\n\r\n',
  'a negative length': '$-7\r\nabc\r\n',
}

/** A call, and what it may say. */
export type Case<T> = readonly [call: (subject: T, id: string) => Promise<unknown>, is: (value: unknown) => boolean]

/** A call that goes on asking for ever would end by no deadline of a command. */
const ABANDONED_MS = 10_000

/** What is wrong with how a call ends: nothing, if it is with what it may say, or with an error of ours. */
export async function complaint<T>(what: string, [call, is]: Case<T>, subject: T, id: string): Promise<string[]> {
  try {
    const abandoned = new Promise((_, reject) => setTimeout(() => reject(new Error('goes on')), ABANDONED_MS).unref())
    const value = await Promise.race([call(subject, id), abandoned])
    return is(value) ? [] : [`${what}: ${String(JSON.stringify(value)).slice(0, 100)}`]
  } catch (error) {
    return error instanceof SojournError ? [] : [`${what}: ${(error as Error).stack?.slice(0, 300)}`]
  }
}

export const isText = (value: unknown) => typeof value === 'string'
export const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText)
export const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0
export const orNull = (is: (value: unknown) => boolean) => (value: unknown) => value === null || is(value)
export const isBoolean = (value: unknown) => typeof value === 'boolean'
