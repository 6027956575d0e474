/**
 * A server that says of all that it is asked to change that it has changed meanwhile, or that what is listed has gone, and
 * never stops: each call that would begin again gives up in the end.
 */
import { expect, onTestFinished, test } from 'vitest'
import { RedisSessionStore, type RedisSessionStoreOptions, type SessionStore } from '../../src/index.ts'
import * as sources from '../../src/redis/scripts.gen.ts'
import { script } from '../../src/redis/scripts.ts'
import { mintSessionId, sessionHandle } from '../../src/session-id.ts'
import { resp, startLyingServer } from '../support/lying-server.ts'
import { connectOne } from './support/clients.ts'
import { SESSION } from './support/lies.ts'

const { batch: _, ...scripts } = sources
type Step = keyof typeof scripts
type Replies = Partial<Record<Step | 'SCAN' | 'ZSCORE' | 'TIME', unknown>>

const CONFLICT = -5
const LISTED = ['A', 'B'].map((letter) => letter.repeat(43)) as [string, string]
const LIVE = ['60000', String(Date.now()), ...SESSION, 'user_id', '1']
const UNTIL = ['sojourn:indexed_until', String(Date.now() + 600_000)]

/** What an honest server might say once. */
const ONCE: Replies = {
  inspect: [...LIVE, 'sojourn:indexed', '["user_id:1"]', ...UNTIL],
  create: 1,
  reserve: Date.now(),
  write: CONFLICT,
  increment: CONFLICT,
  seal: CONFLICT,
  announce: CONFLICT,
  settle: 1,
  enter: ['3'],
  leave: 1,
  page: LISTED.flatMap((name) => [name, '1']),
  epoch: '1',
  SCAN: ['0', LISTED.map((name) => `session:${name}`)],
  ZSCORE: '1',
}

const STEP_OF = new Map<string, Step>()
const BATCH_OF = new Map<string, Step>()
for (const step of Object.keys(scripts) as Step[]) {
  const { single, batch } = script(scripts[step])
  STEP_OF.set(single.text, step).set(single.sha1, step)
  BATCH_OF.set(batch.text, step).set(batch.sha1, step)
}

async function storeOn(replies: Replies, options: Partial<RedisSessionStoreOptions>): Promise<RedisSessionStore> {
  const server = await startLyingServer(([name = '', ...args]) => {
    const [code = '', count, ...rest] = args
    const step = STEP_OF.get(code)
    if (step !== undefined) return resp(replyTo(step, rest[1]))
    const together = BATCH_OF.get(code)
    if (together === undefined) return resp(replies[name as keyof Replies] ?? null)
    const firstArguments = callsOf(rest, Number(count)).map(([first]) => first)
    return resp(firstArguments.map((first) => replyTo(together, first)))
  })
  // What nobody has seen, its own reservation for one, it ends.
  const replyTo = (step: Step, first: string | undefined) =>
    step === 'end' ? (first === '' ? '[]' : CONFLICT) : (replies[step] ?? null)
  onTestFinished(() => server.stop())
  const client = await connectOne('node-redis', server.url, { RESP: 2 })
  return new RedisSessionStore({ client, commandTimeout: 5000, indexes: { user_id: true }, ...options })
}

/** The arguments of each call in a batch: keys, then for each call how many arguments it has, and those. */
function callsOf(rest: readonly string[], count: number): string[][] {
  const calls: string[][] = []
  for (let at = count; calls.length < count; at += 1 + Number(rest[at])) {
    calls.push(rest.slice(at + 1, at + 1 + Number(rest[at])))
  }
  return calls
}

type Case = [call: (store: SessionStore, id: string) => Promise<unknown>, replies?: Replies, options?: object]

const CASES: Record<string, Case> = {
  updateSession: [(store, id) => store.updateSession(id, { user_id: '2' })],
  incrementField: [(store, id) => store.incrementField(id, 'user_id')],
  setSessionTtl: [(store, id) => store.setSessionTtl(id, 60), { write: 1 }],
  rotateSession: [(store, id) => store.rotateSession(id)],
  'rotateSession, always rotated already': [(store, id) => store.rotateSession(id), { seal: [LISTED[0], ''] }],
  deleteSessions: [(store) => store.deleteSessions({ user_id: '1' })],
  'deleteSessions, of what has always gone': [(store) => store.deleteSessions({ user_id: '1' }), { inspect: null }],
  deleteByHandle: [(store) => store.deleteByHandle(sessionHandle(LISTED[0]), { user_id: '1' })],
  reindex: [(store) => store.reindex().next(), { inspect: LIVE }],
  'createSession, beyond a limit': [
    (store) => store.createSession({ user_id: '1' }),
    {},
    { limits: { user_id: { max: 1, onExceed: 'end-oldest' } } },
  ],
}

test.each(Object.entries(CASES))('%s', async (_name, [call, replies = {}, options = {}]) => {
  const store = await storeOn({ ...ONCE, ...replies }, options)
  await expect(call(store, mintSessionId())).rejects.toMatchObject({
    code: expect.stringMatching(/^SOJOURN_(UNAVAILABLE|UNKNOWN_OUTCOME)$/),
    message: expect.stringContaining('in a row'),
  })
})

test('a list whose pages begin again', async () => {
  const store = await storeOn({ ...ONCE, page: LISTED.flatMap((name, i) => [name, String(2 - i)]) }, {})
  await expect(store.countSessions({ user_id: '1' })).rejects.toMatchObject({ code: 'SOJOURN_UNAVAILABLE' })
})
