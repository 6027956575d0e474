/** A private set of Sentinels over a master and its replicas, all known to each other when it is handed over. */
import { agreedMaster, untilHealthy, type Watched } from './sentinel-agreement.ts'
import { HOST, REPLICATION_ARGS, type RedisServer, startRedis, startServer } from './server.ts'

export interface SentinelSet extends Watched {
  /** The master that all sentinels name; with `former`, once that is another. */
  master(former?: RedisServer): Promise<RedisServer>
  /** Has a replica promoted, and resolves with it when the former master follows it. */
  failover(): Promise<RedisServer>
  stop(): Promise<void>
}

export interface SentinelOptions {
  readonly sentinels?: number
  readonly replicas?: number
  readonly name?: string
  /** In milliseconds, as is `failoverTimeout`. */
  readonly downAfter?: number
  readonly failoverTimeout?: number
}

export async function startSentinel(options: SentinelOptions = {}): Promise<SentinelSet> {
  const { sentinels: count = 3, replicas = 1, name = 'mymaster', downAfter = 1000, failoverTimeout = 2000 } = options
  const master = await startRedis({ args: REPLICATION_ARGS })
  const followMaster = [...REPLICATION_ARGS, '--replicaof', HOST, String(master.port)]
  const conf = [
    `sentinel monitor ${name} ${HOST} ${master.port} ${Math.floor(count / 2) + 1}`,
    `sentinel down-after-milliseconds ${name} ${downAfter}`,
    `sentinel failover-timeout ${name} ${failoverTimeout}`,
  ].join('\n')
  const [followers, sentinels] = await Promise.all([
    Promise.all(Array.from({ length: replicas }, () => startRedis({ args: followMaster }))),
    Promise.all(Array.from({ length: count }, () => startSentinelServer(conf))),
  ])
  const set = { name, sentinels, nodes: [master, ...followers] }
  await untilHealthy(set)
  return {
    ...set,
    master: (former) => agreedMaster(set, former),
    failover: () => failover(set),
    async stop() {
      await Promise.all([...set.sentinels, ...set.nodes].map((server) => server.stop()))
    },
  }
}

async function startSentinelServer(conf: string): Promise<RedisServer> {
  const program = {
    command: 'redis-sentinel',
    args: ['sentinel.conf', '--bind', HOST, '--protected-mode', 'no'],
    readyText: '+monitor master',
  }
  const sentinel = await startServer(program, { files: { 'sentinel.conf': conf } })
  // More often than by default, where sentinels meet after 2 s, hear of a change after up to 10 s, and connect to who they
  // have just promoted after up to 1 s, which some tests take for down. Not much more often: a replica can be promoted
  // if it has answered within 5 ping periods, and one whose master is down is asked once a second; a promoted one is
  // demoted if nothing is heard of its failover for 4 publish periods. A machine that stalls costs a second, not thirty.
  const periods = {
    'PING-PERIOD': 400,
    'ASK-PERIOD': 100,
    'INFO-PERIOD': 200,
    'PUBLISH-PERIOD': 400,
    'TILT-PERIOD': 1000,
  }
  await sentinel.cli('SENTINEL', 'DEBUG', ...Object.entries(periods).flat().map(String))
  return sentinel
}

async function failover(set: Watched): Promise<RedisServer> {
  const former = await agreedMaster(set)
  await set.sentinels.find((sentinel) => sentinel.running)?.cli('SENTINEL', 'FAILOVER', set.name)
  const master = await agreedMaster(set, former)
  await untilHealthy(set)
  return master
}
