/**
 * The whole check, to its end even if a step fails. Each step counts as one; vitest's tests count each for themselves,
 * and a test file that fails without a failing test of its own counts as one failure.
 * The last line is `N passed, N failed`, with `, N skipped` behind it if any were.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const total = { passed: 0, failed: 0, skipped: 0 }

await step('set-up', ['scripts/setup.mjs'])
await step('compiled Lua is up to date', ['scripts/compile-lua.mjs', '--check'])
await step('build', ['scripts/build.mjs'])
await step('size', [bin('size-limit', 'size-limit')])
await step('types', [bin('typescript', 'tsc'), '-p', 'tsconfig.json'])
await step('types of the drop-ins', [bin('typescript', 'tsc'), '-p', 'tsconfig.compat.json'])
await step('lint', [bin('oxlint', 'oxlint')])
await step('format', [bin('@biomejs/biome', 'biome'), 'check', '.'])
await tests('tests', 'vitest.config.ts')
await tests('tests with faults', 'vitest.faults.config.ts')

console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
process.exitCode = total.failed > 0 ? 1 : 0

async function step(name, args) {
  const passed = (await run(name, args)) === 0
  total[passed ? 'passed' : 'failed'] += 1
}

async function tests(name, config) {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-test-'))
  const file = join(folder, 'vitest.json')
  const args = ['run', '--config', config, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const status = await run(name, [bin('vitest', 'vitest'), ...args])
  const counts = read(file)
  rmSync(folder, { recursive: true })
  total.passed += counts.passed
  total.skipped += counts.skipped
  total.failed += counts.failed === 0 && status !== 0 ? 1 : counts.failed
}

/** Vitest's numbers; nothing counted when it did not come as far as a report. */
function read(file) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      readFileSync(file, 'utf8'),
    )
    return {
      passed: numPassedTests,
      failed: numFailedTests + testResults.filter(failedAsAWhole).length,
      skipped: numPendingTests + numTodoTests,
    }
  } catch (error) {
    console.error(`vitest left no report: ${error.message}`)
    return { passed: 0, failed: 0, skipped: 0 }
  }
}

/** A file that could not be loaded, or whose set-up failed. */
function failedAsAWhole({ status, assertionResults }) {
  return status === 'failed' && !assertionResults.some((result) => result.status === 'failed')
}

/** Runs a Node program and resolves with its exit code. It gets no input, so nothing can wait for any. */
function run(name, args) {
  console.log(`\n--- ${name}`)
  const begun = performance.now()
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
    child.once('error', (error) => {
      console.error(error.message)
      resolve(1)
    })
    child.once('exit', (code, signal) => {
      const seconds = ((performance.now() - begun) / 1000).toFixed(1)
      console.log(`--- ${name}: ${code === 0 ? 'passed' : `failed (${signal ?? code})`} in ${seconds} s`)
      resolve(code ?? 1)
    })
  })
}

/** The program that a development dependency puts on the path. */
function bin(packageName, program) {
  const folder = join(root, 'node_modules', packageName)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[program])
}
