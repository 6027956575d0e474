/** A master and its replica under three sentinels. Replication is asynchronous, so a failover may lose what its window allows. */
import { setTimeout as sleep } from 'node:timers/promises'
import { startSentinel } from '../../support/redis/sentinel.ts'
import { untilHealthy } from '../../support/redis/sentinel-agreement.ts'
import type { RedisServer } from '../../support/redis/server.ts'
import { oneOf } from '../random.ts'
import { dropConnections, flushScripts, freeze, pause } from './server-faults.ts'
import type { Fault, Topology, TopologyOptions } from './topology.ts'

/** Long enough that a busy machine is no reason for a failover, or for giving one up. */
const TIMES = { downAfter: 1500, failoverTimeout: 5000 }

export async function startSentinels({ losses, random }: TopologyOptions): Promise<Topology> {
  const set = await startSentinel(TIMES)
  const replicaOf = (master: RedisServer) => set.nodes.find((node) => node !== master) as RedisServer

  const onMaster = (name: string, strike: (master: RedisServer) => Promise<unknown>): Fault => ({
    name,
    strike: async () => strike(await set.master()),
  })
  const faults: Fault[] = [
    onMaster('master killed', async (master) => {
      await losses.failover(() => master.kill())
      await set.master(master)
      await master.restart()
      await untilHealthy(set)
    }),
    {
      name: 'failover in order',
      // Sentinels may give one up when the machine is busy, which is a fault like any other.
      strike: () => losses.failover(() => set.failover().catch(() => untilHealthy(set))),
    },
    onMaster('master frozen until it was replaced', (master) =>
      losses.failover(async () => {
        await freeze(master, () => set.master(master))
        await untilHealthy(set)
      }),
    ),
    onMaster('master frozen', (master) => freeze(master, () => sleep(300))),
    onMaster('master paused', (master) => pause(master, 300)),
    onMaster('connections closed', dropConnections),
    { name: 'scripts flushed', strike: () => flushScripts(set.nodes) },
    onMaster('replica killed', async (master) => {
      await replicaOf(master).kill()
      await replicaOf(master).restart()
      await untilHealthy(set)
    }),
    { name: 'a sentinel frozen', strike: () => freeze(oneOf(random, set.sentinels), () => sleep(300)) },
  ]
  return {
    address: {
      topology: 'sentinel',
      name: set.name,
      sentinels: set.sentinels.map(({ host, port }) => ({ host, port })),
    },
    faults,
    masters: async () => [(await set.master()).url],
    stop: () => set.stop(),
  }
}
