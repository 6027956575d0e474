/**
 * Compiles src to dist, then demo, examples and bench, which import the package by its own name, to build. The drop-ins
 * are programs of their own: their middlewares and our adapters declare `request.session` for the whole program.
 * What dist holds is replaced file by file and cleaned last, so that a program that runs on it meanwhile still finds it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const tsc = `${root}node_modules/typescript/bin/tsc`

compile('tsconfig.build.json')
compile('tsconfig.compat.build.json')
removeOrphans()
compile('tsconfig.tools.json')
compile('tsconfig.compat.tools.json')

function compile(project) {
  const { status } = spawnSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(1)
}

/** Removes what no source makes any more. */
function removeOrphans() {
  for (const entry of readdirSync(`${root}dist`, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = `${entry.parentPath}/${entry.name}`
    const source = path.replace(`${root}dist/`, `${root}src/`).replace(/(\.d\.ts|\.js)$/, '.ts')
    if (!existsSync(source)) rmSync(path)
  }
}
