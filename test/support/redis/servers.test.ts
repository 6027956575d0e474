import { access } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from './cluster.ts'
import { type CommandWatch, watchCommands } from './monitor.ts'
import { type SentinelSet, startSentinel } from './sentinel.ts'
import { type RedisServer, startRedis } from './server.ts'

const STARTUP_MS = 30_000

describe('a server', () => {
  let server: RedisServer
  const start = async (...args: string[]) => {
    server = await startRedis({ args })
    await server.cli('SET', 'key', 'value')
  }
  afterEach(() => server.stop())

  it('answers, and leaves nothing behind when stopped', async () => {
    await start()
    expect(await server.cli('GET', 'key')).toBe('value')
    await server.stop()
    expect(server.running).toBe(false)
    await expect(server.cli('PING')).rejects.toThrow('Connection refused')
    await expect(access(server.dir)).rejects.toThrow('ENOENT')
  })

  it('keeps its data over a restart with an append-only file', async () => {
    await start('--appendonly', 'yes')
    await server.restart()
    expect(await server.cli('GET', 'key')).toBe('value')
  })

  it('keeps what it acknowledged when it is killed', async () => {
    await start('--appendonly', 'yes', '--appendfsync', 'always')
    await server.kill()
    expect(server.process.signalCode).toBe('SIGKILL')
    await server.restart()
    expect(await server.cli('GET', 'key')).toBe('value')
  })

  it('comes back without its data when told to be empty', async () => {
    await start('--appendonly', 'yes')
    await server.restart({ empty: true })
    expect(await server.cli('DBSIZE')).toBe('0')
  })

  it('rejects what Redis rejects', async () => {
    await start()
    await expect(server.cli('INCR', 'key')).rejects.toThrow('ERR value is not an integer')
  })

  it('tells by its log why it does not start', async () => {
    await start()
    await expect(startRedis({ port: server.port })).rejects.toThrow('Address already in use')
    await expect(startRedis({ args: ['--no-such-option', 'yes'] })).rejects.toThrow('Bad directive')
  })
})

describe('a watch on commands', () => {
  let server: RedisServer
  let watch: CommandWatch
  beforeEach(async () => {
    server = await startRedis()
    watch = await watchCommands(server.port)
  })
  afterEach(async () => {
    watch.stop()
    await server.stop()
  })

  it('shows every command and every byte', async () => {
    const text = 'ü "quoted" \\ \n\r\t\x07\b] "'
    await server.cli('set', 'key', text)
    await watch.settled()
    expect(watch.commands()).toEqual([{ name: 'SET', args: ['key', text], fromScript: false }])
  })

  it('tells what a script called from what a client sent', async () => {
    await server.cli('EVAL', "return redis.call('get', KEYS[1])", '1', 'key')
    await watch.settled()
    expect(watch.commands().map(({ name, fromScript }) => [name, fromScript])).toEqual([
      ['EVAL', false],
      ['GET', true],
    ])
  })

  it('forgets what it is told to', async () => {
    await server.cli('GET', 'key')
    await watch.settled()
    watch.clear()
    await watch.settled()
    expect(watch.commands()).toEqual([])
  })

  it('does not settle on a server that is gone', async () => {
    await server.kill()
    await expect(watch.settled()).rejects.toThrow()
  })
})

describe('a cluster', { timeout: STARTUP_MS }, () => {
  /** A key for each of the three masters, with its slot. */
  const slots = { b: 3300, c: 7365, a: 15495 }
  const slot = slots.a
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster({ masters: 3, replicasPerMaster: 1 })
  }, STARTUP_MS)
  afterAll(() => cluster.stop())

  it('serves the slots of each master', async () => {
    for (const [key, slot] of Object.entries(slots)) {
      const master = await cluster.masterFor(slot)
      expect(await master.cli('SET', key, 'value')).toBe('OK')
      expect(await master.cli('GET', key)).toBe('value')
    }
  })

  it('moves a slot with its keys', async () => {
    const from = await cluster.masterFor(slot)
    const to = await cluster.masterFor(slots.b)
    await from.cli('SET', 'a', 'moving')
    expect(await cluster.migrateSlot(slot, from.port, to.port)).toEqual(['a'])
    expect(await cluster.masterFor(slot)).toBe(to)
    expect(await to.cli('GET', 'a')).toBe('moving')
    await expect(from.cli('GET', 'a')).rejects.toThrow(`MOVED ${slot} 127.0.0.1:${to.port}`)
  })

  it('leaves a slot on the move, and completes it', async () => {
    const from = await cluster.masterFor(slot)
    const to = await cluster.masterFor(slots.c)
    await from.cli('MSET', '{a}1', '1', '{a}2', '2', '{a}3', '3')
    const held = Number(await from.cli('CLUSTER', 'COUNTKEYSINSLOT', String(slot)))
    const moved = await cluster.migrateSlot(slot, from.port, to.port, { stopHalfway: true })
    expect(moved).toHaveLength(Math.ceil(held / 2))
    await expect(from.cli('GET', String(moved[0]))).rejects.toThrow(`ASK ${slot} 127.0.0.1:${to.port}`)
    await cluster.migrateSlot(slot, from.port, to.port)
    expect(await to.cli('MGET', '{a}1', '{a}2', '{a}3')).toBe('1\n2\n3')
  })

  it('fails over to a replica and back', async () => {
    const [master, , , replica] = cluster.nodes as [RedisServer, RedisServer, RedisServer, RedisServer]
    await master.cli('SET', 'b', 'replicated')
    await cluster.failover(replica.port)
    expect(await cluster.masterFor(slots.b)).toBe(replica)
    expect(await replica.cli('GET', 'b')).toBe('replicated')
    await cluster.failover(master.port)
    expect(await cluster.masterFor(slots.b)).toBe(master)
  })

  it('fails over by itself when a master dies', async () => {
    const former = await cluster.masterFor(slots.c)
    await former.kill()
    const master = await cluster.masterFor(slots.c, former)
    expect(await master.cli('SET', 'c', 'after')).toBe('OK')
  })
})

describe('a set of sentinels', { timeout: STARTUP_MS }, () => {
  let set: SentinelSet
  beforeAll(async () => {
    set = await startSentinel()
  }, STARTUP_MS)
  afterAll(() => set.stop())

  it('agrees on the master', async () => {
    expect(set.sentinels).toHaveLength(3)
    expect(await set.master()).toBe(set.nodes[0])
  })

  it('fails over when told, and back', async () => {
    const [first, second] = set.nodes as [RedisServer, RedisServer]
    await first.cli('SET', 'key', 'replicated')
    expect(await set.failover()).toBe(second)
    expect(await second.cli('GET', 'key')).toBe('replicated')
    await expect(first.cli('SET', 'key', 'x')).rejects.toThrow('READONLY')
    expect(await set.failover()).toBe(first)
  })

  it('fails over when the master dies', async () => {
    const former = await set.master()
    await former.kill()
    const master = await set.master(former)
    expect(await master.cli('SET', 'key', 'after')).toBe('OK')
  })
})
