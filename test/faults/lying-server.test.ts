/** Replies that no Redis gives: each call ends with what the contract says, or with an error of ours. */
import { expect, onTestFinished, test } from 'vitest'
import { RedisSessionStore, type SessionStore, SojournError } from '../../src/index.ts'
import { mintSessionId } from '../../src/session-id.ts'
import { type Answer, resp, startLyingServer } from '../support/lying-server.ts'
import { CLIENTS, type ClientName, connectOne } from './support/clients.ts'

const STAMP = '2026-04-02T12:34:56+00:00'
const SESSION = ['session_ttl', '60', 'created_at', STAMP, 'last_accessed_at', STAMP]

const REPLIES: Record<string, string | null | { closing: true; bytes: string }> = {
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

const TIMEOUT = 150
const isText = (value: unknown) => typeof value === 'string'
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0
const orNull = (is: (value: unknown) => boolean) => (value: unknown) => value === null || is(value)
const isBoolean = (value: unknown) => typeof value === 'boolean'

function isSession(value: unknown): boolean {
  if (Object.getPrototypeOf(value) !== null) return false
  return Object.entries(value as object).every(([, each]) => isText(each))
}

type Case = readonly [call: (store: SessionStore, id: string) => Promise<unknown>, is: (value: unknown) => boolean]

const CALLS: Record<string, Case> = {
  createSession: [(store) => store.createSession({ a: '1' }), isText],
  'createSession, indexed': [(store) => store.createSession({ user_id: '1' }), isText],
  getSession: [(store, id) => store.getSession(id), orNull(isSession)],
  'getSession without refresh': [(store, id) => store.getSession(id, false), orNull(isSession)],
  updateSession: [(store, id) => store.updateSession(id, { a: '1' }), isBoolean],
  'updateSession, indexed': [(store, id) => store.updateSession(id, { user_id: '1' }), isBoolean],
  deleteFields: [(store, id) => store.deleteFields(id, ['a']), orNull(isCount)],
  incrementField: [
    (store, id) => store.incrementField(id, 'n'),
    orNull((value) => Number.isSafeInteger(value) || typeof value === 'bigint'),
  ],
  setSessionTtl: [(store, id) => store.setSessionTtl(id, 60), isBoolean],
  getConfiguredTtl: [(store, id) => store.getConfiguredTtl(id), orNull(isCount)],
  getTtl: [(store, id) => store.getTtl(id), orNull(isCount)],
  touchSession: [(store, id) => store.touchSession(id), isBoolean],
  rotateSession: [(store, id) => store.rotateSession(id), orNull(isText)],
  'rotateSession with grace': [(store, id) => store.rotateSession(id, { grace: 5 }), orNull(isText)],
  deleteSession: [(store, id) => store.deleteSession(id), isBoolean],
  listSessions: [(store) => countOf(store.listSessions()), isCount],
  findSessions: [(store) => countOf(store.findSessions({ user_id: '1' })), isCount],
  countSessions: [(store) => store.countSessions({ user_id: '1' }), isCount],
  deleteSessions: [(store) => store.deleteSessions({ user_id: '1' }), isCount],
  loginEpoch: [(store) => store.loginEpoch({ user_id: '1' }), (value) => isText((value as { epoch: unknown }).epoch)],
}

async function countOf(found: AsyncIterable<unknown>): Promise<number> {
  let count = 0
  for await (const _ of found) count += 1
  return count
}

async function liedTo(name: ClientName, answer: Answer) {
  const server = await startLyingServer(answer)
  onTestFinished(() => server.stop())
  const extra = name === 'ioredis' ? { protocol: 2 } : { RESP: 2 }
  const client = await connectOne(name, server.url, extra)
  const options = { client, commandTimeout: TIMEOUT, indexes: { user_id: true } } as const
  const stores = [new RedisSessionStore(options), new RedisSessionStore({ ...options, touchInterval: 5 })]
  return { server, stores: stores as [RedisSessionStore, RedisSessionStore] }
}

/** A call that goes on asking for ever would end by no deadline of a command. */
const ABANDONED_MS = 10_000

async function complaint(what: string, [call, is]: Case, store: SessionStore): Promise<string[]> {
  try {
    const abandoned = new Promise((_, reject) => setTimeout(() => reject(new Error('goes on')), ABANDONED_MS).unref())
    const value = await Promise.race([call(store, mintSessionId()), abandoned])
    return is(value) ? [] : [`${what}: ${String(JSON.stringify(value)).slice(0, 100)}`]
  } catch (error) {
    return error instanceof SojournError ? [] : [`${what}: ${(error as Error).stack?.slice(0, 300)}`]
  }
}

async function complaints(name: ClientName, answer: Answer): Promise<string[]> {
  const { server, stores } = await liedTo(name, answer)
  const cases = stores.flatMap((store) => Object.entries(CALLS).map(([what, each]) => complaint(what, each, store)))
  const found = (await Promise.all(cases)).flat()
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  expect(server.asked).toBeGreaterThan(0)
  return found
}

test.each(CLIENTS.flatMap((name) => Object.keys(REPLIES).map((reply) => [name, reply] as const)))(
  '%s is told %s',
  async (name, reply) => {
    expect(await complaints(name, () => REPLIES[reply] as string | null)).toEqual([])
  },
)

test.each(CLIENTS)('%s hears what it has not asked for, and forgets it', async (name) => {
  const { server, stores } = await liedTo(name, () => resp(JSON.stringify(SESSION)))
  const [store] = stores
  const stranger = resp(JSON.stringify([...SESSION, 'username', 'somebody else']))
  for (let i = 0; i < 5; i++) {
    server.blurt(stranger)
    await new Promise((resolve) => setTimeout(resolve, 20)) // it has to arrive before anything is asked
    const outcome = await store.getSession(mintSessionId()).catch((error: unknown) => error)
    if (outcome instanceof Error) expect(outcome).toBeInstanceOf(SojournError)
    else expect({ ...(outcome as object) }).not.toHaveProperty('username')
  }
})
