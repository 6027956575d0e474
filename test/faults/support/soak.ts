/** The soak (`npm run soak`) for as long as it takes to have each fault of a topology once. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect } from 'vitest'

const PROGRAM = 'build/test/soak/soak.js'
const LIMIT_MS = 120_000

/** Ends well only if all is zero that must be. */
export async function soakOn(topology: string, seed: number): Promise<string> {
  expect(existsSync(PROGRAM), 'npm run build makes it').toBe(true)
  const options = ['--topology', topology, '--minutes', '0', '--seed', String(seed), '--visitors', '6']
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', PROGRAM, ...options], {
    timeout: LIMIT_MS,
  }).catch((error) => {
    throw new Error(`${error.stdout}\n${error.stderr}`)
  })
  expect(Number(/^requests +([\d,]+)$/m.exec(stdout)?.[1]?.replaceAll(',', ''))).toBeGreaterThan(100)
  return stdout
}
