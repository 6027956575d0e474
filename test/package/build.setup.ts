/** Builds what the tests of the package and of the docs run on, unless that has been done since the last change. */
import { spawnSync } from 'node:child_process'
import { staleBuilds } from './stale-builds.ts'

export default function setUp(): void {
  if (staleBuilds().length === 0) return
  // What fails here is said, and fails those tests; the others need no build.
  spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' })
}
