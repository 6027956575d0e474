/**
 * `npm run soak -- --minutes 10 [--topology single|sentinel|cluster|all] [--seed 1] [--visitors 30]`: visitors on app servers
 * and Redis, through faults, each checking all that it is shown. On each topology it ends with a table, and with exit code
 * 1 if anything in it must not be.
 */
import { parseArgs } from 'node:util'
import { report } from './report.ts'
import { soak } from './run.ts'
import { startNodes } from './topologies/cluster.ts'
import { startSentinels } from './topologies/sentinel.ts'
import { startSingle } from './topologies/single.ts'

const TOPOLOGIES = { single: startSingle, sentinel: startSentinels, cluster: startNodes }

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    topology: { type: 'string', default: 'all' },
    seed: { type: 'string', default: String(Date.now() % 1e6) },
    visitors: { type: 'string', default: '30' },
  },
})
const seed = Number(values.seed)
const chosen = Object.entries(TOPOLOGIES).filter(([name]) => ['all', name].includes(values.topology))
if (chosen.length === 0) {
  throw new Error(`--topology is one of ${Object.keys(TOPOLOGIES).join(', ')} or all, got ${values.topology}`)
}

let isWell = true
for (const [name, start] of chosen) {
  const milliseconds = (Number(values.minutes) * 60_000) / chosen.length
  const findings = await soak({ start, milliseconds, seed, visitors: Number(values.visitors) })
  isWell = report(`${name}, seed ${seed}`, findings) && isWell
}
process.exit(isWell ? 0 : 1)
