/** The package as its users get it: packed, and installed where there is nothing else. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

export const run = promisify(execFile)

export interface Packed {
  readonly tarball: string
  readonly files: readonly string[]
}

export async function packInto(folder: string): Promise<Packed> {
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder])
  const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }]
  return { tarball: join(folder, packed.filename), files: packed.files.map(({ path }) => path) }
}

/** An empty project with the tarball installed; it sees no other package. What npm's cache holds it does not ask for again. */
export async function installAlone(folder: string, tarball: string): Promise<string> {
  const project = join(folder, 'alone')
  await mkdir(project)
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'alone', private: true, type: 'module' }))
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], { cwd: project })
  return project
}

/** A project inside this one, so that it sees the frameworks, with the package as `installed` elsewhere. */
export async function installBesideFrameworks(installed: string): Promise<string> {
  const project = resolve('build/consumer')
  await rm(project, { recursive: true, force: true })
  await mkdir(join(project, 'node_modules'), { recursive: true })
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  await cp(join(installed, 'node_modules/sojourn'), join(project, 'node_modules/sojourn'), { recursive: true })
  return project
}

export function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sojourn-package-'))
}
