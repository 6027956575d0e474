/** `npm run test:faults`: tests that kill, pause, move and mislead servers. Each has servers of its own. */
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes half a minute, so that nobody waits for it alone at the end: a clean clone has no times to go by. */
const LONG = /(?:interleavings|no-escape|soak|cluster|sentinel)[^/]*$/

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isShort = ({ moduleId }: TestSpecification) => Number(!LONG.test(moduleId))
    return files.toSorted((one, other) => isShort(one) - isShort(other))
  }
}

export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    globalSetup: ['test/package/build.setup.ts'],
    pool: 'forks',
    maxWorkers: 3, // they wait a lot: for deadlines, failovers and expiries
    sequence: { sequencer: LongFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
