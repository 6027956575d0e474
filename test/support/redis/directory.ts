/** The working directory of a server: a temporary one that goes with the test process, or one that is given. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onProcessEnd } from './process-end.ts'

export interface Directory {
  readonly path: string
  /** Leaves only `files` in it. */
  reset(): Promise<void>
  /** Removes it, unless it was given. */
  remove(): Promise<void>
}

/** `files` are written into it, by name. */
export async function openDirectory(files: Readonly<Record<string, string>>, given?: string): Promise<Directory> {
  const path = given ?? (await mkdtemp(join(tmpdir(), 'sojourn-redis-')))
  const forget = given === undefined ? onProcessEnd(`rm -rf '${path}'`) : undefined
  await writeAll(path, files)
  return {
    path,
    async reset() {
      await rm(path, REMOVE)
      await mkdir(path)
      await writeAll(path, files)
    },
    async remove() {
      if (forget === undefined) return
      await rm(path, REMOVE)
      forget()
    },
  }
}

const REMOVE = { recursive: true, force: true }

async function writeAll(path: string, files: Readonly<Record<string, string>>): Promise<void> {
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(path, name), text)))
}
