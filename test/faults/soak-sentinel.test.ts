/** Each fault of the soak once. Nothing is lost, revived, mixed up, late or left, but for what a failover may lose. */
import { expect, test } from 'vitest'
import { soakOn } from './support/soak.ts'

const FAULTS = ['master killed', 'master frozen until it was replaced', 'failover in order', 'app killed']

test('sentinels: masters that die, freeze and are replaced in order', { timeout: 130_000 }, async () => {
  const report = await soakOn('sentinel', 1)
  for (const fault of FAULTS) expect(report).toContain(fault)
})
