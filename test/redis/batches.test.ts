/** Calls that go together: on a real server, with both clients. */
import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { expect, inject, onTestFinished, test } from 'vitest'
import type { SessionData } from '../../src/index.ts'
import { RedisCalls } from '../../src/redis/calls.ts'
import { redisPort } from '../../src/redis/client.ts'
import { SessionKeys } from '../../src/redis/keys.ts'
import { loader } from '../../src/redis/load.ts'
import { script } from '../../src/redis/scripts.ts'
import { eventually } from '../support/redis/eventually.ts'
import { watchCommands } from '../support/redis/monitor.ts'
import { startRedis } from '../support/redis/server.ts'
import { connect, storeOn } from './bench.ts'

const CLIENTS = {
  'node-redis': connect,
  ioredis: async (url: string) => {
    const client = new Redis(url)
    onTestFinished(() => client.disconnect())
    return client
  },
}

const callsOn = (client: object) =>
  new RedisCalls(redisPort(client), { commandTimeout: 10_000, maxWaiting: 100, failFastAfter: 5 })

for (const [name, connectTo] of Object.entries(CLIENTS)) {
  test(`calls at once go as few commands, and each gets its own answer (${name})`, async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const { store } = storeOn(await connectTo(redis.url))
    const ids = await Promise.all(Array.from({ length: 50 }, (_, n) => store.createSession({ n: String(n) })))
    const absent = 'A'.repeat(43)
    const all = ids.flatMap((id, n) => (n % 10 === 0 ? [id, absent] : [id]))
    await Promise.all(all.map((id) => store.getSession(id)))
    const watch = await watchCommands(redis.port)
    onTestFinished(() => watch.stop())

    const sessions = await Promise.all(all.map((id) => store.getSession(id)))

    expect(sessions.map((session) => session?.n)).toEqual(
      all.map((id) => (id === absent ? undefined : String(ids.indexOf(id)))),
    )
    await watch.settled()
    const sent = watch.commands().filter(({ fromScript }) => !fromScript)
    expect(sent.map(({ args }) => Number(args[1]))).toEqual([1, 16, 16, 16, 6])
  })

  test(`a cluster behind the one address that the client knows gets each call by itself (${name})`, async () => {
    const redis = await startRedis({ args: ['--cluster-enabled', 'yes'] })
    onTestFinished(() => redis.stop())
    const client = await connectTo(redis.url)
    await redisPort(client).command(null, ['CLUSTER', 'ADDSLOTSRANGE', '0', '16383'])
    const { store } = storeOn(client)
    await eventually('the slots', () => store.createSession())
    const ids = await Promise.all(Array.from({ length: 50 }, () => store.createSession({ n: '0' })))
    const counts = await Promise.all(ids.map((id) => store.incrementField(id, 'n')))
    expect(counts).toEqual(Array(50).fill(1))
  })

  test(`a call that fails among others fails alone (${name})`, async () => {
    const calls = callsOn(await connectTo(inject('redis').url))
    const picky = script([
      'local function refuse() error(ARGV[1]) end\n',
      `if ARGV[1] == 'raise' then refuse() end
      if ARGV[1] == 'call' then return redis.call('HGET', KEYS[1]) end
      return ARGV[1] ~= 'nil' and { KEYS[1], ARGV[1] } or nil
      `,
    ])
    const key = () => `test:${randomUUID()}`
    const keys = ['first', 'raise', 'a', 'call', 'nil', 'b'].map((arg) => ({ arg, key: key() }))
    const outcomes = await Promise.allSettled(keys.map(({ arg, key }) => calls.run(picky, key, [arg])))

    expect(
      outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.message)),
    ).toEqual([
      [keys[0]?.key, 'first'],
      expect.stringMatching(/^Redis failed: ERR .*raise$/),
      [keys[2]?.key, 'a'],
      expect.stringMatching(/^Redis failed: ERR Wrong number of args/),
      null,
      [keys[5]?.key, 'b'],
    ])
  })

  test(`each of those that go together has its own arguments, shared or not (${name})`, async () => {
    const calls = callsOn(await connectTo(inject('redis').url))
    const echo = script(['', 'return { KEYS[1], unpack(ARGV) }\n'])
    const given = [
      ['first'],
      ['same', 'a', 'x'],
      ['same', 'a', 'y'],
      [],
      ['same', 'b', 'x'],
      [],
      ['alone'],
      ['same', 'a', 'x'],
    ].map((args) => [`test:${randomUUID()}`, ...args])
    expect(await Promise.all(given.map(([key, ...args]) => calls.run(echo, key as string, args)))).toEqual(given)
  })

  test(`nothing of one session is taken for that of the next (${name})`, async () => {
    const client = await connectTo(inject('redis').url)
    const { store, prefix } = storeOn(client)
    const key = (id: string) => prefix + id
    const port = redisPort(client)
    const capped = await store.createSession({ n: '1' }, { ttl: 1800, absoluteTtl: 60 })
    const free = await store.createSession({ n: '1' }, { ttl: 1800 })
    const short = await store.createSession({ n: '1' }, { ttl: 900 })
    const broken = await store.createSession({ n: '1' }, { ttl: 1800 })
    const bare = await store.createSession({ n: '1' }, { ttl: 1800 })
    await port.command(key(broken), ['HSET', key(broken), 'session_ttl', '0900'])
    await port.command(key(bare), ['HDEL', key(bare), 'session_ttl'])
    const ids = [short, free, capped, free, broken, short, bare, capped, free]
    const live = ids.map((id) => id !== broken && id !== bare)

    expect((await Promise.all(ids.map((id) => store.getSession(id)))).map((data) => data !== null)).toEqual(live)
    expect(await Promise.all(ids.map((id) => store.updateSession(id, { n: '2' })))).toEqual(live)
    expect((await Promise.all(ids.map((id) => store.incrementField(id, 'n')))).map((n) => n !== null)).toEqual(live)
    expect(await Promise.all([capped, free, short].map((id) => store.getTtl(id)))).toEqual([60, 1800, 900])
  })

  test(`what one session ends with does not end the next (${name})`, async () => {
    const client = await connectTo(inject('redis').url)
    const { store, prefix } = storeOn(client, { indexes: { user_id: true } })
    const port = redisPort(client)
    const load = loader(callsOn(client), new SessionKeys(prefix))
    const make = (data: SessionData) => store.createSession(data, { ttl: 1800 })
    const [listed, plain, fixed] = [await make({ user_id: '7' }), await make({ n: '1' }), await make({ n: '1' })]
    const change = (id: string, ...args: string[]) =>
      port.command(prefix + id, [args[0] as string, prefix + id, ...args.slice(1)])
    await change(fixed, 'HSET', 'sojourn:fixed', '1')
    await change(listed, 'HSET', 'sojourn:indexed_until', String(Date.now() + 300_000))
    for (const id of [listed, plain, fixed]) await change(id, 'EXPIRE', '100')

    await Promise.all([plain, fixed, plain, listed, plain].map(load))
    expect(await Promise.all([listed, plain, fixed].map((id) => store.getTtl(id)))).toEqual([300, 1800, 100])

    const old = await Promise.all(Array.from({ length: 4 }, () => make({ n: '1' })))
    const rotated = await Promise.all(old.map((id) => store.rotateSession(id, { grace: 60 })))
    expect(await Promise.all(old.map((id) => change(id, 'TTL')))).toEqual(Array(4).fill(60))
    expect(await Promise.all(rotated.map((id) => store.getTtl(id as string)))).toEqual(Array(4).fill(1800))
  })

  test(`calls for one session keep their order, whatever goes with them (${name})`, async () => {
    const { store } = storeOn(await connectTo(inject('redis').url), { maxFields: 10_000 })
    const make = () => store.createSession({ n: '0' })
    const [id, other, known] = await Promise.all([make(), make(), make()])
    // What the server does not know yet goes twice, and then not before what comes after it.
    await store.getSession(known)
    await store.incrementField(known, 'n')
    await store.updateSession(known, { n: '0' })
    await store.deleteSession(known)
    // More than Lua's stack holds.
    const many = Object.fromEntries(Array.from({ length: 4500 }, (_, n) => [`f${n}`, 'x']))
    const answers = await Promise.all([
      store.getSession(other),
      store.updateSession(id, { n: '1' }),
      store.incrementField(id, 'n', 10),
      store.getSession(id),
      store.updateSession(id, many),
      store.updateSession(id, { n: '5' }),
      store.deleteFields(id, ['n', 'f0']),
      store.incrementField(id, 'n'),
      store.deleteSession(id),
      store.updateSession(id, { late: '1' }),
      store.getSession(id),
    ])
    expect((answers[3] as SessionData).n).toBe('11')
    expect([...answers.slice(1, 3), ...answers.slice(4)]).toEqual([true, 11, true, true, 2, 1, true, false, null])
  })
}
