/** Where a session ID must not be seen: in Redis when it is hashed, and in what goes wrong. */
import { inspect } from 'node:util'
import { Redis } from 'ioredis'
import { expect, inject, onTestFinished, test } from 'vitest'
import { mintSessionId } from '../../src/session-id.ts'
import { startRedis } from '../support/redis/server.ts'
import { connect, storeOn } from './bench.ts'

test('with hashed IDs no ticket stands anywhere in Redis, not even in its append-only file', async () => {
  const redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
  onTestFinished(() => redis.stop())
  const client = await connect(redis.url)
  const { store } = storeOn(client, { hashIds: true })
  const first = await store.createSession({ a: '1' })
  const second = (await store.rotateSession(first, { grace: 60 })) as string
  await store.incrementField(first, 'n')
  await store.getSession(second)

  const stored: string[] = []
  for await (const keys of client.scanIterator()) {
    for (const key of keys) stored.push(key, ...Object.entries(await client.hGetAll(key)).flat())
  }
  const { readdir, readFile } = await import('node:fs/promises')
  const { join } = await import('node:path')
  const folder = join(redis.dir, 'appendonlydir')
  for (const file of await readdir(folder)) stored.push(await readFile(join(folder, file), 'latin1'))
  expect(stored.length).toBeGreaterThan(5)
  for (const id of [first, second]) {
    for (const text of stored) expect(text).not.toContain(id)
  }
})

test.each(['node-redis', 'ioredis'] as const)(
  'no error shows the ID: not its message, cause, stack or any property (%s)',
  async (kind) => {
    const { url } = inject('redis')
    const client = kind === 'ioredis' ? new Redis(url, { showFriendlyErrorStack: true }) : await connect(url)
    if (client instanceof Redis) onTestFinished(() => client.disconnect())
    const { store } = storeOn(failing(client))
    const id = await storeOn(client).store.createSession()
    const calls = [
      store.getSession(id),
      store.getSession(id, false),
      store.updateSession(id, { a: '1' }),
      store.incrementField(id, 'a'),
      store.touchSession(id),
      store.setSessionTtl(id, 5),
      store.getTtl(id),
      store.deleteSession(id),
      store.rotateSession(id),
      store.incrementField(id, id),
      store.createSession({ [id]: 1 as unknown as string }),
    ]
    for (const outcome of await Promise.allSettled(calls)) {
      const reason = outcome.status === 'rejected' ? outcome.reason : undefined
      expect(reason).toMatchObject({ code: expect.stringMatching(/^SOJOURN_/) })
      expect(
        inspect(reason, { depth: 9, showHidden: true }) + String(reason) + reason.stack + JSON.stringify(reason),
      ).not.toContain(id)
    }
  },
)

test.each([
  ['ZSCORE', 'a:'],
  ['EVALSHA', 'an-application:in-production:shop:session:'],
])('nor does one about %s, which the server does not have, show any part of it', async (missing, prefix) => {
  const redis = await startRedis({ args: ['--rename-command', missing, 'ELSEWHERE'] })
  onTestFinished(() => redis.stop())
  for (const client of [await connect(redis.url), new Redis(redis.url)]) {
    if (client instanceof Redis) onTestFinished(() => client.disconnect())
    const { store } = storeOn(client, { prefix, indexes: { user_id: true } })
    const id = missing === 'ZSCORE' ? await store.createSession({ user_id: '42' }) : mintSessionId()
    const error = await store.rotateSession(id).catch((reason: Error) => reason)
    expect(error).toMatchObject({ code: 'SOJOURN_UNAVAILABLE', message: expect.stringContaining(missing) })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(id.slice(0, 8))
  }
})

/** The same client, whose every command is one that Redis refuses and quotes. */
function failing(client: object): object {
  return new Proxy(client, {
    get(target, name) {
      const member = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (name !== 'sendCommand') return member.bind(target)
      return (command: string[] | { name: string }, ...rest: unknown[]) => {
        if (!Array.isArray(command)) return member.call(target, Object.assign(command, { name: `NO${command.name}` }))
        const [word, ...args] = command
        return member.call(target, [`NO${word}`, ...args.slice(2)], ...rest)
      }
    },
  })
}
