/** Replies that no Redis gives: each call ends with what the contract says, or with an error of ours. */
import { expect, onTestFinished, test } from 'vitest'
import { RedisSessionStore, type SessionStore, SojournError } from '../../src/index.ts'
import { mintSessionId } from '../../src/session-id.ts'
import { type Answer, resp, startLyingServer } from '../support/lying-server.ts'
import { CLIENTS, type ClientName, connectOne } from './support/clients.ts'
import { type Case, complaint, isBoolean, isCount, isText, orNull, REPLIES, SESSION } from './support/lies.ts'

const TIMEOUT = 150

function isSession(value: unknown): boolean {
  if (Object.getPrototypeOf(value) !== null) return false
  return Object.entries(value as object).every(([, each]) => isText(each))
}

const CALLS: Record<string, Case<SessionStore>> = {
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

async function complaints(name: ClientName, answer: Answer): Promise<string[]> {
  const { server, stores } = await liedTo(name, answer)
  const cases = stores.flatMap((store) =>
    Object.entries(CALLS).map(([what, each]) => complaint(what, each, store, mintSessionId())),
  )
  const found = (await Promise.all(cases)).flat()
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  expect(server.asked).toBeGreaterThan(0)
  return found
}

test.each(CLIENTS.flatMap((name) => Object.keys(REPLIES).map((reply) => [name, reply] as const)))(
  '%s is told %s',
  async (name, reply) => {
    expect(await complaints(name, () => REPLIES[reply] as ReturnType<Answer>)).toEqual([])
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
