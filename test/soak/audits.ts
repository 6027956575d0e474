/** The auditor's walks over the keys of a soak. */
import { RedisSessionStore } from 'sojourn'
import { type Audit, audit } from '../support/redis/auditor.ts'
import { eventually } from '../support/redis/eventually.ts'
import { openClient } from './client.ts'
import type { Losses } from './losses.ts'
import type { Topology } from './topologies/topology.ts'

const PREFIX = 'session:'
const INDEX = 'user_id'

/** What must hold of each key at any time. */
export async function auditUnderLoad(topology: Topology): Promise<readonly string[]> {
  const { complaints } = await eventually('an audit', async () => audit(await topology.masters(), { prefix: PREFIX }))
  return complaints
}

/** What must hold when nothing is under way: of each key, and between sessions and indexes. */
export async function auditAtRest(topology: Topology, losses: Losses): Promise<Audit> {
  const client = await openClient('node-redis', topology.address)
  const store = new RedisSessionStore({ client, prefix: PREFIX, commandTimeout: 15_000, indexes: { [INDEX]: true } })
  return audit(await topology.masters(), {
    prefix: PREFIX,
    // What a failover loses may be an entry, too.
    indexes: losses.hadFailover ? [] : [INDEX],
    readList: (criteria) => store.countSessions(criteria),
  })
}
