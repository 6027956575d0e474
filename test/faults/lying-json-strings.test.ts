/** As lying-server.test.ts, for the sessions of connect-redis that the drop-ins find as JSON strings. */
import { expect, onTestFinished, test } from 'vitest'
import { Takeover } from '../../src/compat/dropin/takeover.ts'
import { RedisCalls } from '../../src/redis/calls.ts'
import { redisPort } from '../../src/redis/client.ts'
import { CLAIMED, JsonStrings } from '../../src/redis/json-strings.ts'
import { SessionKeys } from '../../src/redis/keys.ts'
import { mintSessionId } from '../../src/session-id.ts'
import { type Answer, resp, startLyingServer } from '../support/lying-server.ts'
import { CLIENTS, type ClientName, connectOne } from './support/clients.ts'
import { type Case, complaint, isBoolean, isText, isTexts, orNull, REPLIES } from './support/lies.ts'

const TIMEOUT = 150
const TERM = { ttl: 60, fixed: false }
const CONVERSION = { remaining: 60_000, fields: ['session_ttl', '60'] }
const CLAIM = { ...CONVERSION, nonce: 'nonce' }

function isClaim(value: unknown): boolean {
  const { nonce, remaining, fields } = value as typeof CLAIM
  return isText(nonce) && Number.isSafeInteger(remaining) && isTexts(fields) && fields.length % 2 === 0
}

const CALLS: Record<string, Case<JsonStrings>> = {
  read: [(strings, id) => strings.read(id), (value) => value === CLAIMED || orNull(isText)(value)],
  hold: [(strings, id) => strings.hold(id, 'nonce'), orNull(isText)],
  unhold: [(strings, id) => strings.unhold(id, 'nonce'), isBoolean],
  claim: [(strings, id) => strings.claim(id, '{}', CLAIM), (value) => value === 'changed' || orNull(isClaim)(value)],
  claimed: [(strings, id) => strings.claimed(id), orNull(isClaim)],
  adopt: [(strings, id) => strings.adopt(id, CLAIM), isBoolean],
  convert: [(strings, id) => strings.convert(id, '{}', CONVERSION), isBoolean],
  forget: [(strings, id) => strings.forget(id), isBoolean],
  create: [(strings, id) => strings.create(id, '{}', 1000), isBoolean],
  update: [(strings, id) => strings.update(id, '{}', 1000), isBoolean],
  'a takeover': [(strings, id) => takeoverOf(strings).run(id), (value) => value === undefined],
}

function takeoverOf(strings: JsonStrings): Takeover {
  return new Takeover(
    strings,
    (id) => id,
    () => TERM,
  )
}

async function liedTo(name: ClientName, answer: Answer): Promise<JsonStrings> {
  const server = await startLyingServer(answer)
  onTestFinished(() => server.stop())
  const client = await connectOne(name, server.url, name === 'ioredis' ? { protocol: 2 } : { RESP: 2 })
  const settings = { commandTimeout: TIMEOUT, maxWaiting: 1000, failFastAfter: 100 }
  return new JsonStrings(new RedisCalls(redisPort(client), settings), new SessionKeys('sess:'), new SessionKeys('new:'))
}

test.each(CLIENTS.flatMap((name) => Object.keys(REPLIES).map((reply) => [name, reply] as const)))(
  '%s is told %s',
  async (name, reply) => {
    const strings = await liedTo(name, () => REPLIES[reply] as ReturnType<Answer>)
    const cases = Object.entries(CALLS).map(([what, each]) => complaint(what, each, strings, mintSessionId()))
    expect((await Promise.all(cases)).flat()).toEqual([])
  },
)

test('a takeover ends although its string is said to change for ever', async () => {
  const strings = await liedTo('node-redis', ([name, ...args]) => {
    if (name === 'GET') return resp('{}')
    return name === 'EVALSHA' || name === 'EVAL' ? resp(args[2]?.startsWith('sess:') ? 0 : args[3]) : resp(null)
  })
  await expect(takeoverOf(strings).run(mintSessionId())).rejects.toMatchObject({
    code: 'SOJOURN_UNAVAILABLE',
    message: expect.stringContaining('in a row'),
  })
})
