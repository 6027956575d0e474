/** The start-up check, on servers set up in each way that it tells apart. */
import { readFileSync } from 'node:fs'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster, createSentinel } from 'redis'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import type { FindingCode, RedisSessionStore, StoreFinding } from '../../src/index.ts'
import type { Facts } from '../../src/redis/check/facts.ts'
import { judge } from '../../src/redis/check/judgements.ts'
import { INDEX_COMMANDS, SESSION_COMMANDS } from '../../src/redis/check/permissions.ts'
import { redisPort } from '../../src/redis/client.ts'
import * as sources from '../../src/redis/scripts.gen.ts'
import { eventually } from '../support/redis/eventually.ts'
import { type RedisOptions, type RedisServer, startRedis } from '../support/redis/server.ts'
import { connect, storeOn } from './bench.ts'

/** A replica is taken in without waiting for another. */
const AT_ONCE = ['--repl-diskless-sync-delay', '0']

async function server(options?: RedisOptions): Promise<RedisServer> {
  const redis = await startRedis(options)
  onTestFinished(() => redis.stop())
  return redis
}

/** What the check says of one thing, without a warning to the process. */
async function found(store: RedisSessionStore, code: FindingCode): Promise<StoreFinding | undefined> {
  return (await store.check({ warn: false })).find((finding) => finding.code === code)
}

/** By both clients: the severities by code. */
async function severities(redis: RedisServer, user = {}): Promise<Record<string, string>> {
  const ioredis = new Redis({ port: redis.port, host: redis.host, ...user })
  onTestFinished(() => ioredis.disconnect())
  const checks = [await connect(redis.url, user), ioredis].map((client) => storeOn(client).store.check({ warn: false }))
  const [one, other] = (await Promise.all(checks)).map((findings) =>
    Object.fromEntries(findings.map(({ code, severity }) => [code, severity])),
  )
  expect(other).toEqual(one)
  return one as Record<string, string>
}

test('a server set up for sessions is well', async () => {
  const redis = await server({
    args: [...AT_ONCE, '--appendonly', 'yes', '--maxmemory', '100mb', '--min-replicas-to-write', '1'],
  })
  const replica = await server({ args: ['--replicaof', redis.host, String(redis.port)] })
  await eventually('the replica to follow', async () =>
    (await redis.cli('INFO', 'replication')).includes('state=online'),
  )
  expect(replica.running).toBe(true)
  expect(await severities(redis)).toEqual({
    version: 'ok',
    permissions: 'ok',
    eviction: 'ok',
    persistence: 'ok',
    replication: 'ok',
    encryption: 'ok',
    clock: 'ok',
  })
})

test.each([
  [
    ['--maxmemory-policy', 'allkeys-lru', '--maxmemory', '100mb'],
    'eviction',
    'critical',
    'maxmemory-policy is allkeys-lru',
  ],
  [['--maxmemory-policy', 'volatile-ttl', '--maxmemory', '100mb'], 'eviction', 'critical', 'volatile-ttl'],
  [['--maxmemory-policy', 'allkeys-lru'], 'eviction', 'warning', 'if a maxmemory is set'],
  [[], 'eviction', 'notice', 'No maxmemory'],
  [[], 'persistence', 'warning', 'keeps nothing on disk'],
  [['--save', '60 1'], 'persistence', 'warning', 'only takes snapshots'],
  [[], 'replication', 'notice', 'No replica'],
] as const)('with %j, %s is %s', async (args, code, severity, message) => {
  const redis = await server({ args })
  expect(await severities(redis)).toMatchObject({ [code]: severity })
  expect(await found(storeOn(await connect(redis.url)).store, code)).toMatchObject({
    severity,
    message: expect.stringContaining(message),
    node: '',
  })
})

test('a replica that may lose its master without a word is a warning, and to be connected to one is critical', async () => {
  const redis = await server({ args: AT_ONCE })
  const replica = await server({ args: ['--replicaof', redis.host, String(redis.port)] })
  await eventually('the replica to follow', async () =>
    (await redis.cli('INFO', 'replication')).includes('state=online'),
  )
  expect((await severities(redis))['replication']).toBe('warning')
  expect((await severities(replica))['replication']).toBe('critical')
})

test('what Redis does not let its user ask for is unknown, and what the store lacks is named', async () => {
  const redis = await server()
  const user = { username: 'app', password: 'secret' }
  const may = (...rules: string[]) => redis.cli('ACL', 'SETUSER', 'app', 'reset', 'on', '>secret', '~*', ...rules)

  await may('+@connection', '+eval', ...SESSION_COMMANDS.map((command) => `+${command}`))
  expect(await severities(redis, user)).toEqual({
    version: 'unknown',
    permissions: 'ok',
    eviction: 'unknown',
    persistence: 'unknown',
    replication: 'unknown',
    encryption: 'ok',
    clock: 'ok',
  })

  await may('+@all', '-hincrby', '-pttl')
  const { store } = storeOn(await connect(redis.url, user))
  expect(await found(store, 'permissions')).toMatchObject({
    severity: 'critical',
    message: 'The user may not run HINCRBY, PTTL on the keys of the store.',
  })
  await may('+@all', '-eval')
  expect(await found(store, 'permissions')).toMatchObject({
    severity: 'critical',
    message: expect.stringContaining('EVAL'),
  })
  await may('+@all', '-config')
  expect(await found(store, 'persistence')).toMatchObject({ severity: 'unknown' })
  await may('resetkeys', '~other:*', '+@all')
  expect(await found(store, 'permissions')).toMatchObject({ severity: 'critical' })
})

test('commands for indexes are asked for by a store that has some', async () => {
  const redis = await server()
  await redis.cli('ACL', 'SETUSER', 'default', '-zadd')
  const client = await connect(redis.url)
  expect(await found(storeOn(client).store, 'permissions')).toMatchObject({ severity: 'ok' })
  expect(await found(storeOn(client, { indexes: { user_id: true } }).store, 'permissions')).toMatchObject({
    message: 'The user may not run ZADD on the keys of the store.',
  })
})

test('the commands asked for, and those that the docs allow, are all that the scripts call', () => {
  const ofDropIns = ['hold', 'unhold', 'claim', 'adopt', 'convert', 'forget', 'resave']
  const own = Object.entries(sources).filter(([name]) => !ofDropIns.includes(name))
  const called = own.flatMap(([, lua]) => [...String(lua).matchAll(/redis\.p?call\('(\w+)'/g)].map(([, name]) => name))
  const asked = [...SESSION_COMMANDS, ...INDEX_COMMANDS]
  expect(called.filter((name) => !asked.includes(name as string))).toEqual([])
  const docs = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8')
  expect(asked.filter((name) => !docs.includes(`+${name.toLowerCase()}`))).toEqual([])
})

test('a client that is not one for clusters is told so', async () => {
  const redis = await server({ args: ['--cluster-enabled', 'yes'] })
  expect(await found(storeOn(await connect(redis.url)).store, 'cluster')).toMatchObject({ severity: 'critical' })
})

test('every master of a cluster is looked at', async () => {
  const { ports } = inject('cluster')
  const ioredis = new Cluster(ports)
  onTestFinished(() => ioredis.disconnect())
  const nodeRedis = createCluster({ rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })) })
  await nodeRedis.connect()
  onTestFinished(() => nodeRedis.destroy())
  for (const client of [ioredis, nodeRedis]) {
    const findings = await storeOn(client).store.check({ warn: false })
    const clusters = findings.filter(({ code }) => code === 'cluster')
    expect(clusters.map(({ severity }) => severity)).toEqual(['ok', 'ok', 'ok'])
    expect(clusters.map(({ node }) => node).sort()).toEqual(ports.map((port) => `127.0.0.1:${port}`).sort())
  }
})

test('a cluster without all its slots is critical', async () => {
  const redis = await server({ args: ['--cluster-enabled', 'yes', '--cluster-require-full-coverage', 'no'] })
  await redis.cli('CLUSTER', 'ADDSLOTSRANGE', '0', '100')
  const client = createCluster({
    rootNodes: [{ url: redis.url }],
    nodeAddressMap: () => ({ host: redis.host, port: redis.port }),
  })
  await client.connect()
  onTestFinished(() => client.destroy())
  await eventually('the node to serve', async () => (await redis.cli('CLUSTER', 'INFO')).includes('slots_ok:101'))
  expect(await found(storeOn(client).store, 'cluster')).toMatchObject({
    severity: 'critical',
    message: 'The cluster does not serve all keys: 101 of 16384 slots are well.',
  })
})

test('the master that sentinels name is looked at, by both clients', async () => {
  const { name, sentinels } = inject('sentinel')
  const nodeRedis = await createSentinel({ name, sentinelRootNodes: sentinels }).connect()
  onTestFinished(() => nodeRedis.destroy())
  const ioredis = new Redis({ name, sentinels })
  onTestFinished(() => ioredis.disconnect())
  for (const client of [nodeRedis, ioredis]) {
    expect(await found(storeOn(client).store, 'replication')).toMatchObject({ severity: 'warning', node: '' })
  }
})

test('dangers are emitted as process warnings, each once', async () => {
  const redis = await server({
    args: ['--maxmemory-policy', 'allkeys-lru', '--maxmemory', '100mb', '--appendonly', 'yes'],
  })
  const { store } = storeOn(await connect(redis.url))
  const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => emitted.mockRestore())
  await store.check({ warn: false })
  expect(emitted).not.toHaveBeenCalled()
  await store.check()
  await store.check()
  expect(emitted.mock.calls).toEqual([
    [expect.stringContaining('allkeys-lru'), { type: 'SojournWarning', code: 'SOJOURN_CHECK_EVICTION' }],
  ])
})

test('a Redis that cannot be reached is an error, and a wrong option too', async () => {
  const redis = await server()
  const client = await connect(redis.url)
  const { store } = storeOn(client, { commandTimeout: 100 })
  await expect(store.check({ warn: 'no' as never })).rejects.toMatchObject({ code: 'SOJOURN_INVALID_ARGUMENT' })
  redis.process.kill('SIGSTOP')
  await expect(store.check()).rejects.toMatchObject({ code: 'SOJOURN_TIMEOUT' })
  redis.process.kill('SIGCONT')
})

test('whether a connection is encrypted is read from the client', async () => {
  const at = async (client: object) => (await redisPort(client).masters())[0]?.isEncrypted
  const ioredis = (options: object) => new Redis({ lazyConnect: true, ...options })
  expect(await at(createClient({ url: 'rediss://localhost' }))).toBe(true)
  expect(await at(createClient({ url: 'redis://localhost' }))).toBe(false)
  expect(await at(ioredis({ tls: {} }))).toBe(true)
  expect(await at(ioredis({}))).toBe(false)
  expect(await at(ioredis({ tls: {}, sentinels: [{ port: 1 }], name: 'mymaster' }))).toBe(false)
  expect(await at(createSentinel({ name: 'mymaster', sentinelRootNodes: [{ host: 'localhost', port: 1 }] }))).toBeNull()
})

test('what a client lacks to follow Sentinel is read from the client', async () => {
  const at = async (client: object) => (await redisPort(client).masters())[0]?.missingForFailover
  const ioredis = (options: object) => new Redis({ lazyConnect: true, ...options })
  const sentinel = { sentinels: [{ port: 1 }], name: 'mymaster' }
  expect(await at(ioredis(sentinel))).toEqual(['failoverDetector', 'sentinelCommandTimeout'])
  expect(await at(ioredis({ ...sentinel, failoverDetector: true }))).toEqual(['sentinelCommandTimeout'])
  expect(await at(ioredis({ ...sentinel, failoverDetector: true, sentinelCommandTimeout: 1000 }))).toEqual([])
  expect(await at(ioredis({}))).toBeNull()
  expect(await at(createClient({ url: 'redis://localhost' }))).toBeNull()
  expect(await at(createSentinel({ name: 'mymaster', sentinelRootNodes: [{ host: 'localhost', port: 1 }] }))).toEqual(
    [],
  )
})

const WELL: Facts = {
  info: new Map([['redis_version', '7.4.0']]),
  save: '',
  isLocal: false,
  isEncrypted: true,
  missingForFailover: null,
  ahead: 0,
  cluster: null,
  permissions: [],
  clientIsCluster: false,
}

test.each([
  [{ isEncrypted: false }, 'encryption', 'notice', 'not encrypted'],
  [{ isEncrypted: false, isLocal: true }, 'encryption', 'ok', 'same machine'],
  [{ isEncrypted: null }, 'encryption', 'unknown', 'does not say'],
  [{ missingForFailover: [] }, 'failover', 'ok', 'leaves a master'],
  [{ missingForFailover: ['failoverDetector'] }, 'failover', 'warning', 'failoverDetector: true'],
  [{ missingForFailover: ['sentinelCommandTimeout'] }, 'failover', 'warning', 'sentinelCommandTimeout'],
  [{ ahead: 600_000 }, 'clock', 'warning', '600 s ahead of that of this process'],
  [{ ahead: -600_000 }, 'clock', 'warning', '600 s behind that of this process'],
  [{ ahead: null }, 'clock', 'unknown', 'the time'],
  [{ info: new Map([['redis_version', '6.2.14']]) }, 'version', 'warning', 'version 6.2.14'],
  [
    {
      info: new Map([
        ['aof_enabled', '1'],
        ['rdb_last_bgsave_status', 'err'],
      ]),
    },
    'persistence',
    'critical',
    'its disk',
  ],
  [{ permissions: 'unknown' }, 'permissions', 'unknown', '7.0.11'],
] as const)('of %j it says that %s is %s', (facts, code, severity, message) => {
  const judgement = judge({ ...WELL, ...facts }).find((judgement) => judgement.code === code)
  expect(judgement).toMatchObject({ severity, message: expect.stringContaining(message) })
})
