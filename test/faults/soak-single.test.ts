/** Each fault of the soak once. Nothing is lost, revived, mixed up, late or left, but for what a failover may lose. */
import { expect, test } from 'vitest'
import { soakOn } from './support/soak.ts'

const FAULTS = [
  'Redis killed',
  'Redis empty after a restart',
  'master turned replica',
  'connections silent',
  'app killed',
]

test('one server: killed, emptied, paused and swapped, its connections cut, silent and slow', {
  timeout: 130_000,
}, async () => {
  const report = await soakOn('single', 1)
  for (const fault of FAULTS) expect(report).toContain(fault)
})
