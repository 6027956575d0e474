import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The files in dist that are missing, or older than their source. */
export function staleBuilds(): string[] {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.endsWith('.test.ts'),
  )
  return sources.flatMap((path) => {
    const built = join('dist', path.replace(/\.ts$/, '.js'))
    return changedAt(built) >= changedAt(join('src', path)) ? [] : [built]
  })
}

function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
