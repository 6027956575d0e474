/** Waiting until the sentinels that run are of one mind. */
import { eventually } from './eventually.ts'
import type { RedisServer } from './server.ts'

export interface Watched {
  readonly name: string
  readonly sentinels: readonly RedisServer[]
  /** The master and its replicas, whichever is which by now; at the start the first is the master. */
  readonly nodes: readonly RedisServer[]
}

/** What a sentinel says of a server, by the names of SENTINEL MASTER. */
type Report = Readonly<Record<string, string>>

/** The master that all sentinels name; with `former`, once that is another. */
export function agreedMaster({ name, sentinels, nodes }: Watched, former?: RedisServer): Promise<RedisServer> {
  return eventually(`the sentinels to agree on a master${former ? ' anew' : ''}`, async () => {
    const named = running(sentinels).map((sentinel) => sentinel.cli('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name))
    const [address, ...others] = new Set(await Promise.all(named))
    const master = nodes.find((node) => address === `${node.host}\n${node.port}`)
    return others.length === 0 && master !== former && master
  })
}

/** Resolves when every sentinel knows the others, the master, and every replica as one that can take over */
export async function untilHealthy(set: Watched): Promise<void> {
  for (const sentinel of running(set.sentinels)) {
    await eventually(`sentinel ${sentinel.port} to know all`, () => knowsAll(sentinel, set))
  }
}

async function knowsAll(sentinel: RedisServer, { name, sentinels, nodes }: Watched): Promise<boolean> {
  const ask = async (about: string) => JSON.parse(await sentinel.cli('--json', 'SENTINEL', about, name))
  const master: Report = await ask('MASTER')
  if (master['flags'] !== 'master' || master['num-other-sentinels'] !== String(sentinels.length - 1)) return false
  const replicas: Report[] = await ask('REPLICAS')
  if (replicas.length !== nodes.length - 1 || !replicas.every(canTakeOver)) return false
  await sentinel.cli('SENTINEL', 'CKQUORUM', name) // an error until enough sentinels answer
  return true
}

function canTakeOver(replica: Report): boolean {
  return replica['flags'] === 'slave' && replica['master-link-status'] === 'ok'
}

function running(servers: readonly RedisServer[]): RedisServer[] {
  return servers.filter((server) => server.running)
}
