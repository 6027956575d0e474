/** One server behind a proxy, which keeps all that it acknowledged, and a replica to swap it for. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Proxy, startProxy } from '../../support/proxy.ts'
import { eventually } from '../../support/redis/eventually.ts'
import { REPLICATION_ARGS, type RedisServer, startRedis } from '../../support/redis/server.ts'
import { flushScripts, freeze, pause } from './server-faults.ts'
import type { Fault, Topology, TopologyOptions } from './topology.ts'

const ARGS = ['--appendonly', 'yes', '--appendfsync', 'always', ...REPLICATION_ARGS]

export async function startSingle({ losses, random }: TopologyOptions): Promise<Topology> {
  let [master, replica] = (await Promise.all([startRedis({ args: ARGS }), startRedis({ args: ARGS })])) as [
    RedisServer,
    RedisServer,
  ]
  const proxy = await startProxy(master.port)
  await replica.cli('REPLICAOF', master.host, String(master.port))
  await untilFollowing(replica)

  const between = (least: number, most: number) => least + random() * (most - least)
  const faults: Fault[] = [
    { name: 'Redis killed', strike: () => master.kill().then(() => master.restart()) },
    { name: 'Redis paused', strike: () => pause(master, between(200, 1000)) },
    { name: 'Redis frozen', strike: () => freeze(master, () => sleep(between(200, 1000))) },
    { name: 'Redis empty after a restart', strike: () => losses.wipe(() => master.restart({ empty: true })) },
    {
      name: 'master turned replica',
      async strike() {
        await handOver(master, replica)
        ;[master, replica] = [replica, master]
        proxy.retarget(master.port)
        await sleep(200) // in which what is still connected hears READONLY
        proxy.cut()
        await untilFollowing(replica)
      },
    },
    { name: 'memory full', strike: () => withoutMemory(master) },
    { name: 'scripts flushed', strike: () => flushScripts([master]) },
    ...networkFaults(proxy),
  ]
  return {
    address: { topology: 'single', url: proxy.url },
    faults,
    masters: async () => [master.url],
    async stop() {
      await proxy.stop()
      await Promise.all([master.stop(), replica.stop()])
    },
  }
}

function networkFaults(proxy: Proxy): Fault[] {
  const forAWhile = async (rule: () => void) => {
    rule()
    await sleep(400)
    proxy.heal()
  }
  const repeatedly = async (cut: () => void) => {
    for (let i = 0; i < 5; i++) {
      cut()
      await sleep(80)
    }
  }
  return [
    { name: 'connections cut', strike: () => repeatedly(() => proxy.cut()) },
    { name: 'connections cut at the reply', strike: () => repeatedly(() => proxy.cutAtReply()) },
    { name: 'connections half-closed by the app', strike: async () => proxy.halfClose('toServer') },
    { name: 'connections half-closed by Redis', strike: async () => proxy.halfClose('toClient') },
    { name: 'connections silent', strike: async () => proxy.blackhole() },
    { name: 'connections silent towards Redis', strike: async () => proxy.blackhole('toServer') },
    { name: 'connections silent towards the app', strike: async () => proxy.blackhole('toClient') },
    { name: 'requests delayed', strike: () => forAWhile(() => proxy.delay(50, 'toServer')) },
    { name: 'replies delayed', strike: () => forAWhile(() => proxy.delay(50, 'toClient')) },
    { name: 'connections slow', strike: () => forAWhile(() => proxy.throttle(20_000)) },
    { name: 'connections refused', strike: () => forAWhile(() => (proxy.refuse(), proxy.cut())) },
  ]
}

/** Loses nothing: writes wait until the replica has all and is the master, and then the former one refuses them. */
async function handOver(master: RedisServer, replica: RedisServer): Promise<void> {
  await untilFollowing(replica)
  await master.cli('CLIENT', 'PAUSE', '10000', 'WRITE')
  await eventually('the replica to catch up', async () => {
    const [sent, received] = await Promise.all([replication(master), replication(replica)])
    return sent['master_repl_offset'] === received['slave_repl_offset']
  })
  await replica.cli('REPLICAOF', 'NO', 'ONE')
  await master.cli('REPLICAOF', replica.host, String(replica.port))
  await master.cli('CLIENT', 'UNPAUSE')
}

/** Has the master's data, on its disk too. */
async function untilFollowing(replica: RedisServer): Promise<void> {
  await eventually('the replica to follow', async () => {
    const [{ master_link_status }, persistence] = [await replication(replica), await info(replica, 'persistence')]
    const { aof_rewrite_in_progress, aof_rewrite_scheduled } = persistence
    return master_link_status === 'up' && aof_rewrite_in_progress === '0' && aof_rewrite_scheduled === '0'
  })
}

const replication = (server: RedisServer) => info(server, 'replication')

async function info(server: RedisServer, section: string): Promise<Record<string, string>> {
  const lines = (await server.cli('INFO', section)).split(/\r?\n/).filter((line) => line.includes(':'))
  return Object.fromEntries(lines.map((line) => line.split(':', 2)))
}

/** Less than it holds already. */
async function withoutMemory(server: RedisServer): Promise<void> {
  await server.cli('CONFIG', 'SET', 'maxmemory', '1')
  await sleep(400)
  await server.cli('CONFIG', 'SET', 'maxmemory', '0')
}
