/** The walls between the layers (docs/design.md), as functions from the sources to what breaks them. */
import { importsOf, packageOf, resolveImport, type Sources } from './imports.ts'

/** The ground floor: decisions without I/O and without a clock. */
const PURE = ['abort', 'errors', 'integer', 'lifetime', 'limits', 'record', 'session-id', 'show']

interface Layer {
  readonly name: string
  readonly paths: RegExp
  /** Whether its folders do not know each other. */
  readonly apart?: boolean
}

/** From the bottom up. The first that matches a path is its layer. */
const LAYERS: readonly Layer[] = [
  { name: 'pure', paths: new RegExp(`^src/(?:${PURE.join('|')})\\.ts$`) },
  { name: 'store', paths: /^src\/(?:(?!index\.ts$)[^/]+\.ts$|indexes\/)/ },
  { name: 'engines', paths: /^src\/(?:redis|memory)\//, apart: true },
  { name: 'http', paths: /^src\/http\// },
  { name: 'public names', paths: /^src\/index\.ts$/ },
  { name: 'adapters', paths: /^src\/(?:adapters|compat)\//, apart: true },
  { name: 'programs', paths: /^(?:src\/cli|demo|examples|bench)\//, apart: true },
]

/** What each entry point may load besides Node and sojourn: the framework that it is for. */
const OWN_FRAMEWORK: Readonly<Record<string, readonly string[]>> = {
  'src/adapters/express.ts': ['express'],
  'src/adapters/fastify.ts': ['fastify'],
  'src/adapters/koa.ts': ['koa'],
  'src/adapters/hono.ts': ['hono'],
  'src/compat/express-session.ts': ['express-session'],
  'src/compat/fastify-session.ts': ['@fastify/session'],
  'src/compat/koa-session.ts': ['koa-session'],
}

export interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** A file imports from its own layer or from a lower one; programs know the package by its name only. */
export function upwardImports(sources: Sources): string[] {
  return edges(sources).flatMap(({ from, to }) => {
    if (from.startsWith('bench/') && to.startsWith('test/support/redis/')) return [] // a private server, as for the tests
    const [here, there] = [layerOf(from), layerOf(to)]
    if (here === null) return [`${from} belongs to no layer: name its folder in test/layers/rules.ts`]
    if (there === null || !sources.has(to)) return [`${from} imports ${to}, which is in no layer`]
    if (!from.startsWith('src/') && there < here) {
      return [`${from} imports ${to} by its path: programs import the package by its name`]
    }
    if (there < here || isNeighbour(from, to)) return []
    return [`${from} (${LAYERS[here]?.name}) imports ${to} (${LAYERS[there]?.name}), which is not below it`]
  })
}

/** Nothing leads back to where it came from, types included. */
export function importCycles(sources: Sources): string[] {
  const cycles: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    else if (!done.has(path)) {
      for (const { to } of edges(sources, path)) visit(to, [...trail, path])
      done.add(path)
    }
  }
  for (const path of sources.keys()) visit(path, [])
  return cycles
}

/** At run time src loads Node, what it depends on, and in an entry point for a framework that framework. */
export function foreignPackages(sources: Sources, { dependencies = {} }: Manifest): string[] {
  return inSrc(sources).flatMap(([path, source]) =>
    importsOf(source).flatMap((each) => {
      const name = packageOf(each)
      if (name === null || each.typeOnly || name in dependencies || OWN_FRAMEWORK[path]?.includes(name)) return []
      return [`${path} loads ${name}`]
    }),
  )
}

/** A type import of a package is one for the reader of our declarations too, who must be told to have it. */
export function undeclaredPackages(sources: Sources, manifest: Manifest): string[] {
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies }
  return inSrc(sources).flatMap(([path, source]) =>
    importsOf(source)
      .map(packageOf)
      .filter((name) => name !== null && !(name in declared))
      .map((name) => `${path} imports ${name}, which is neither a dependency nor a peer`),
  )
}

/** Below the adapters nobody knows a framework or a client, not even by its types. */
export function knownFrameworks(sources: Sources, { peerDependencies = {} }: Manifest): string[] {
  return inSrc(sources)
    .filter(([path]) => (layerOf(path) ?? 0) < layerNamed('adapters'))
    .flatMap(([path, source]) =>
      importsOf(source)
        .map(packageOf)
        .filter((name) => name !== null && name in peerDependencies)
        .map((name) => `${path} knows ${name}`),
    )
}

/** The ground floor asks nobody for the time, waits for nothing and reads nothing. */
export function impurities(sources: Sources): string[] {
  const impure = /\b(?:Date\.now|performance\.now|new Date\(\)|Math\.random|setTimeout|setInterval|process\.)/
  return inSrc(sources)
    .filter(([path]) => layerOf(path) === layerNamed('pure'))
    .flatMap(([path, source]) => [
      ...importsOf(source)
        .filter(({ specifier }) => specifier.startsWith('node:') && specifier !== 'node:crypto')
        .map(({ specifier }) => `${path} imports ${specifier}`),
      ...source
        .split('\n')
        .filter((line) => impure.test(line))
        .map((line) => `${path} is not pure: ${line.trim()}`),
    ])
}

/** Key names are put together in one file, so that a prefix or a slot cannot differ between two. */
export function otherKeyAuthors(sources: Sources): string[] {
  const composing = /\bprefix\s*\+(?!\+)|\+\s*[\w.#]*prefix\b|\$\{[^}]*\bprefix\}|['"`]session:/i
  const storage = /^src\/(?:[^/]+\.ts$|indexes\/|redis\/|memory\/)/
  return inSrc(sources)
    .filter(([path]) => path !== 'src/redis/keys.ts' && storage.test(path))
    .flatMap(([path, source]) =>
      source
        .split('\n')
        .filter((line) => !/^\s*(?:\*|\/\/|\/\*)/.test(line) && composing.test(line))
        .map((line) => `${path} composes a key: ${line.trim()}`),
    )
}

/** Every file in src is part of something that the package offers. */
export function unreachableFiles(sources: Sources, manifest: Manifest): string[] {
  const seen = new Set<string>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    for (const { to } of edges(sources, path)) visit(to)
  }
  for (const entry of entryPoints(manifest)) visit(entry)
  return inSrc(sources)
    .map(([path]) => path)
    .filter((path) => !seen.has(path))
}

/** The sources of all that package.json offers. */
export function entryPoints({ exports, bin = {} }: Manifest): string[] {
  const targets = Object.values(exports).map((target) => (typeof target === 'string' ? target : target.default))
  return [...targets, ...Object.values(bin)]
    .filter((target) => target.endsWith('.js'))
    .map((target) => target.replace(/^(?:\.\/)?dist\//, 'src/').replace(/\.js$/, '.ts'))
}

interface Edge {
  readonly from: string
  readonly to: string
}

function edges(sources: Sources, from?: string): Edge[] {
  const importers = from === undefined ? [...sources.keys()] : [from]
  return importers.flatMap((importer) =>
    importsOf(sources.get(importer) ?? '').flatMap((each) => {
      const to = resolveImport(importer, each)
      return to === null ? [] : [{ from: importer, to }]
    }),
  )
}

function inSrc(sources: Sources): [string, string][] {
  return [...sources].filter(([path]) => path.startsWith('src/'))
}

function layerOf(path: string): number | null {
  const index = LAYERS.findIndex(({ paths }) => paths.test(path))
  return index === -1 ? null : index
}

function layerNamed(name: string): number {
  return LAYERS.findIndex((layer) => layer.name === name)
}

/** Whether two files of one layer may know each other. */
function isNeighbour(one: string, other: string): boolean {
  const layer = layerOf(one)
  if (layer === null || layer !== layerOf(other)) return false
  return LAYERS[layer]?.apart !== true || folderOf(one) === folderOf(other)
}

/** The folder under the root or under src: `src/redis/clients/ioredis.ts` is in `src/redis`. */
function folderOf(path: string): string {
  const parts = path.split('/').slice(0, -1)
  return parts.slice(0, parts[0] === 'src' ? 2 : 1).join('/')
}
