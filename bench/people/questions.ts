/** Asking and ending by an index, and by SCAN, among so many sessions. */
import { RedisSessionStore } from 'sojourn'
import type { BenchClient } from '../client.ts'
import { median } from '../measure.ts'

const DEVICES = 100
const PREFIX = 'session:'
const PERSON = { user_id: 'somebody' }

/** The median times in milliseconds, by operation. */
export async function costOfQuestions(client: BenchClient, sessions: number): Promise<Record<string, number>> {
  await client.flushAll()
  const store = new RedisSessionStore({ client, prefix: PREFIX, indexes: { user_id: true }, commandTimeout: 60_000 })
  await fill(client, sessions)
  await logIn(store)
  const ids = await Promise.all(Array.from({ length: 201 }, () => store.createSession({ user_id: 'somebody else' })))
  return {
    'get one': await timed(501, () => store.getSession(ids[0] as string)),
    'delete one': await timed(201, (round) => store.deleteSession(ids[round] as string)),
    [`find ${DEVICES} of a person`]: await timed(51, () => store.countSessions(PERSON)),
    [`log out ${DEVICES} of a person everywhere`]: await timed(
      11,
      () => store.deleteSessions(PERSON),
      () => logIn(store),
    ),
    [`the same by SCAN`]: await timed(
      1,
      () => logOutByScan(client, store),
      () => logIn(store),
    ),
  }
}

async function logIn(store: RedisSessionStore): Promise<void> {
  await Promise.all(Array.from({ length: DEVICES }, () => store.createSession(PERSON)))
}

/** Other people's sessions and their index, as the store would leave them, each with a person of its own. */
async function fill(client: BenchClient, sessions: number): Promise<void> {
  const at = '2026-01-01T00:00:00+00:00'
  const year = 31_536_000
  const until = String(Date.now() + year * 1000)
  const add = async (number: number) => {
    const name = Buffer.from(String(number).padStart(32, '0')).toString('base64url')
    const list = `user_id:${number}`
    await Promise.all([
      client.hSet(PREFIX + name, {
        user_id: String(number),
        session_ttl: '86400',
        created_at: at,
        last_accessed_at: at,
        'sojourn:indexed': JSON.stringify([list]),
        'sojourn:indexed_until': until,
      }),
      client.expire(PREFIX + name, year),
      client.zAdd(`${PREFIX}index:${list}`, { score: number + 1, value: name }),
      client.expire(`${PREFIX}index:${list}`, year),
    ])
  }
  for (let done = 0; done < sessions; done += 1000) {
    await Promise.all(Array.from({ length: Math.min(1000, sessions - done) }, (_, i) => add(done + i)))
  }
}

async function logOutByScan(client: BenchClient, store: RedisSessionStore): Promise<void> {
  for await (const keys of client.scanIterator({ MATCH: `${PREFIX}*`, COUNT: 1000, TYPE: 'hash' })) {
    const users = await Promise.all(keys.map((key) => client.hGet(key, 'user_id')))
    const theirs = keys.filter((_, i) => users[i] === PERSON.user_id)
    await Promise.all(theirs.map((key) => store.deleteSession(key.slice(PREFIX.length))))
  }
}

async function timed(rounds: number, run: (round: number) => Promise<unknown>, prepare = async () => {}) {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    await prepare()
    const started = performance.now()
    await run(round)
    times.push(performance.now() - started)
  }
  return median(times)
}
