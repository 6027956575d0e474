/** Each fault of the soak once. Nothing is lost, revived, mixed up, late or left, but for what a failover may lose. */
import { expect, test } from 'vitest'
import { soakOn } from './support/soak.ts'

const FAULTS = ['node killed', 'node frozen until it was replaced', 'failover in order', 'slots moved', 'app killed']

test('a cluster of six: nodes that die, freeze and are replaced in order, slots that move', {
  timeout: 130_000,
}, async () => {
  const report = await soakOn('cluster', 1)
  for (const fault of FAULTS) expect(report).toContain(fault)
})
