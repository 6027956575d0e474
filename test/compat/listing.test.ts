/** all, ids, length and clear: by scanning, on every node, and nothing but our prefix. */
import { randomUUID } from 'node:crypto'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { redisPort } from '../../src/redis/client.ts'
import { FACES } from './support/faces.ts'

interface Client {
  connect(): Promise<unknown>
  quit(): Promise<unknown>
}

/** More than one batch of SCAN, on each master of a cluster. */
const MANY = 600

const rootNodes = inject('cluster').ports.map((port) => ({ host: '127.0.0.1', port }))
const CLIENTS: [string, () => Client][] = [
  ['node-redis', () => createClient({ url: inject('redis').url })],
  ['ioredis', () => new Redis(inject('redis').url, { lazyConnect: true })],
  ['a node-redis cluster', () => createCluster({ rootNodes: rootNodes.map((socket) => ({ socket })) })],
  ['an ioredis cluster', () => new Cluster(rootNodes, { lazyConnect: true })],
]

describe.each(CLIENTS)('on %s', (_, connect) => {
  let client: Client
  let run: (key: string, ...args: string[]) => Promise<unknown>
  beforeAll(async () => {
    client = connect()
    await client.connect()
    const port = redisPort(client)
    run = (key, command, ...args) => port.command(key, [command as string, key, ...args])
  })
  afterAll(() => client.quit())

  describe.each(FACES)('$name', ({ open, session }) => {
    const make = () => {
      const prefix = `list[${randomUUID()}]*:`
      return { prefix, store: open({ client, prefix, commandTimeout: 10_000 }) }
    }

    test('lists each session once, by its ID', async () => {
      const { store } = make()
      expect([await store.all(), await store.ids(), await store.length()]).toEqual([[], [], 0])
      await store.set('b', session({ user: 'b' }))
      await store.set('a', session({ user: 'a' }, 'minute'))
      await store.set('c', session())
      await store.destroy('c')
      const all = await store.all()
      expect(all.map(({ id, user }) => [id, user]).sort()).toEqual([
        ['a', 'a'],
        ['b', 'b'],
      ])
      expect((await store.ids()).sort()).toEqual(['a', 'b'])
      expect(await store.length()).toBe(2)
    })

    test('clears what is a session under its prefix, and nothing else', async () => {
      const { prefix, store } = make()
      const neighbour = make()
      await neighbour.store.set('a', session())
      await run(`${prefix}counter`, 'SET', '1')
      await run(`${prefix}hash`, 'HSET', 'field', 'value')
      await Promise.all(['a', 'b', 'c'].map((id) => store.set(id, session())))
      await store.clear()
      expect(await store.ids()).toEqual([])
      expect(await store.get('a')).toBe(null)
      expect(await neighbour.store.ids()).toEqual(['a'])
      expect(await run(`${prefix}counter`, 'GET')).toBe('1')
      expect(await run(`${prefix}hash`, 'HLEN')).toBe(1)
    })
  })

  test('finds many sessions on every node', async () => {
    const [face] = FACES
    const store = face?.open({ client, prefix: `many:${randomUUID()}:`, commandTimeout: 10_000 })
    const ids = Array.from({ length: MANY }, (_, i) => `id-${i}`)
    await Promise.all(ids.map((id) => store?.set(id, face?.session() ?? {})))
    expect((await store?.ids())?.sort()).toEqual(ids.sort())
    expect(await store?.length()).toBe(MANY)
    expect((await store?.all())?.length).toBe(MANY)
    await store?.clear()
    expect(await store?.length()).toBe(0)
  })
})
