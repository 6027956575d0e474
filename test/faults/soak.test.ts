/** The soak (`npm run soak`) for ten seconds: enough to have each fault once. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const PROGRAM = 'build/test/soak/soak.js'

test('ten seconds of visitors and faults: nothing is lost, revived, mixed up, late or left', async () => {
  expect(existsSync(PROGRAM), 'npm run build makes it').toBe(true)
  const args = ['--expose-gc', PROGRAM, '--minutes', '0.17', '--seed', '1', '--visitors', '20']
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 55_000 }).catch((error) => {
    throw new Error(`${error.stdout}\n${error.stderr}`)
  })
  for (const fault of ['Redis killed', 'Redis paused', 'connections cut', 'scripts flushed', 'app killed']) {
    expect(stdout).toContain(fault)
  }
  expect(Number(/^requests +([\d,]+)$/m.exec(stdout)?.[1]?.replaceAll(',', ''))).toBeGreaterThan(100)
})
