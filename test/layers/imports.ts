/** What a source file imports, read from its statements as Biome formats them. */
import { posix } from 'node:path'

export interface Import {
  readonly specifier: string
  /** Erased by the compiler. `import { type A } from` is not: with `verbatimModuleSyntax` its module is still loaded. */
  readonly typeOnly: boolean
}

/** Sources by path from the root of the repository. */
export type Sources = ReadonlyMap<string, string>

const NAMES = String.raw`\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?|[\w$]+`
const STATEMENT = new RegExp(
  String.raw`^(?:import|export)\s+(type\s+)?(?:(?:${NAMES})(?:\s*,\s*(?:${NAMES}))?\s+from\s+)?'([^']+)'`,
  'gm',
)
const AUGMENTATION = /^declare module '([^']+)'/gm
const EXPRESSION = /^(?!\s*(?:\*|\/\/|\/\*)).*?(typeof\s+)?\bimport\(\s*'([^']+)'\s*\)(\.[A-Z])?/gm

export function importsOf(source: string): Import[] {
  return [
    ...[...source.matchAll(STATEMENT)].map(([, type, specifier]) => found(specifier, type !== undefined)),
    ...[...source.matchAll(AUGMENTATION)].map(([, specifier]) => found(specifier, true)),
    ...[...source.matchAll(EXPRESSION)].map(([, query, specifier, member]) =>
      found(specifier, query !== undefined || member !== undefined),
    ),
  ]
}

function found(specifier: string | undefined, typeOnly: boolean): Import {
  return { specifier: specifier as string, typeOnly }
}

/** The path that a relative import means; `null` for a package. */
export function resolveImport(importer: string, { specifier }: Import): string | null {
  return specifier.startsWith('.') ? posix.join(posix.dirname(importer), specifier) : null
}

/** The package that an import names, without the path inside it; `null` for a relative one and for Node's own. */
export function packageOf({ specifier }: Import): string | null {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return null
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
