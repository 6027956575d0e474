/** Imports point down only, and what else keeps the layers apart. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importsOf, type Sources } from './layers/imports.ts'
import {
  entryPoints,
  foreignPackages,
  importCycles,
  impurities,
  knownFrameworks,
  type Manifest,
  otherKeyAuthors,
  undeclaredPackages,
  unreachableFiles,
  upwardImports,
} from './layers/rules.ts'

const root = new URL('../', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as Manifest
const sources = readSources('src', 'demo', 'examples', 'bench')

/** What stands directly in these folders is an entry point; what several share stands in a folder inside. */
const ENTRY = /^src\/(?:adapters|compat)\/[^/]+$/

/** What entry points share, and nobody imports from outside. */
const SHARED: ReadonlySet<string> = new Set(['src/adapters/node-response.ts'])

describe('the sources', () => {
  test('are found, with their imports', () => {
    expect([...sources.keys()]).toEqual(expect.arrayContaining(['src/index.ts', 'src/redis/store.ts']))
    expect([...sources.values()].flatMap(importsOf).length).toBeGreaterThan(sources.size)
  })

  test('import from their own layer or from a lower one', () => expect(upwardImports(sources)).toEqual([]))
  test('have no import cycle', () => expect(importCycles(sources)).toEqual([]))
  test('load no client and no framework but their own', () => expect(foreignPackages(sources, manifest)).toEqual([]))
  test('import only what the package declares', () => expect(undeclaredPackages(sources, manifest)).toEqual([]))
  test('know no framework below the adapters', () => expect(knownFrameworks(sources, manifest)).toEqual([]))
  test('are pure on the ground floor', () => expect(impurities(sources)).toEqual([]))
  test('leave key names to keys.ts', () => expect(otherKeyAuthors(sources)).toEqual([]))
  test('are all part of an export', () => expect(unreachableFiles(sources, manifest)).toEqual([]))

  test('exist for each export', () => {
    expect(entryPoints(manifest).filter((path) => !sources.has(path))).toEqual([])
  })

  test('are exported by name, each adapter and each drop-in', () => {
    const entries = [...sources.keys()].filter((path) => ENTRY.test(path) && !SHARED.has(path))
    const named = entries.map((path) => [`./${posix.basename(path, '.ts')}`, path])
    const declared = Object.entries(manifest.exports).filter(([name]) => name !== '.' && name !== './package.json')
    expect(Object.fromEntries(declared)).toEqual(
      Object.fromEntries(named.map(([name, path]) => [name, target(path as string)])),
    )
  })

  test('of scripts touch the one key that they are given', () => {
    const lua = new URL('src/redis/lua/', root)
    for (const name of readdirSync(lua)) {
      const script = readFileSync(new URL(name, lua), 'utf8').replace(/--.*$/gm, '')
      const calls = [...script.matchAll(/redis\.p?call\('(\w+)'(?:, ([^,)]+))?/g)].filter(([, call]) => call !== 'TIME')
      expect(calls.map(([, , key]) => key).filter((key) => key !== 'key' && key !== 'KEYS[1]')).toEqual([])
      expect(script).not.toMatch(/KEYS\[(?!1\])/)
    }
  })
})

/** A package with one entry point, redis for a peer and nothing else. */
const SMALL: Manifest = {
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
  peerDependencies: { redis: '*', koa: '*', hono: '*' },
}

describe('the rules catch', () => {
  test('nothing in what is sound', () => {
    const sound = sample('src/adapters/koa.ts', "import Koa from 'koa'\nimport { visit } from '../http/visit.ts'")
    for (const rule of [upwardImports, importCycles, impurities, otherKeyAuthors]) expect(rule(sound)).toEqual([])
    for (const rule of [foreignPackages, undeclaredPackages, knownFrameworks]) expect(rule(sound, SMALL)).toEqual([])
  })

  test.each([
    ['an engine that imports http', 'src/redis/store.ts', "import { load } from '../http/visit.ts'"],
    ['a type from above', 'src/store.ts', "import type { Visit } from './http/visit.ts'"],
    ['an engine that imports the other', 'src/redis/store.ts', "import '../memory/store.ts'"],
    ['an adapter that imports a drop-in', 'src/adapters/koa.ts', "export * from '../compat/koa-session.ts'"],
    ['a dynamic import', 'src/memory/store.ts', "  const { load } = await import('../http/visit.ts')"],
    ['an import over several lines', 'src/http/visit.ts', "import {\n  a,\n  b,\n} from '../adapters/koa.ts'"],
    ['anyone who imports the public names', 'src/http/visit.ts', "import { a } from '../index.ts'"],
    ['the pure that import the store', 'src/limits.ts', "import type { SessionStore } from './store.ts'"],
    ['a program that reaches into src', 'demo/server.ts', "import { a } from '../src/index.ts'"],
    ['a file in no layer', 'src/misc/a.ts', "import { a } from '../errors.ts'"],
    ['a file that is not there', 'src/store.ts', "import { a } from './nowhere.ts'"],
  ])('%s', (_, path, line) => {
    expect(upwardImports(sample(path, line))).toHaveLength(1)
  })

  test('a cycle', () => {
    expect(importCycles(samples(['src/a.ts', "import './b.ts'"], ['src/b.ts', "export type * from './a.ts'"]))).toEqual(
      ['src/a.ts → src/b.ts → src/a.ts'],
    )
  })

  test('a client that is loaded, in any form of import', () => {
    for (const line of [
      "import { createClient } from 'redis'",
      "import { type RedisClientType } from 'redis'",
      "import redis, { createClient } from 'redis'",
      "import * as redis from 'redis'",
      "import 'redis/anything'",
      "export { createClient } from 'redis'",
      "const redis = await import('redis')",
    ]) {
      expect(foreignPackages(sample('src/redis/client.ts', line), SMALL)).toEqual(['src/redis/client.ts loads redis'])
    }
  })

  test("a framework that is another's", () => {
    expect(foreignPackages(sample('src/adapters/koa.ts', "import Koa from 'koa'"), SMALL)).toEqual([])
    expect(foreignPackages(sample('src/adapters/koa.ts', "import type { Hono } from 'hono'"), SMALL)).toEqual([])
    expect(foreignPackages(sample('src/adapters/koa.ts', "import { Hono } from 'hono'"), SMALL)).toHaveLength(1)
  })

  test('a client known by its types below the adapters', () => {
    const line = "import type { RedisClientType } from 'redis'"
    expect(knownFrameworks(sample('src/redis/client.ts', line), SMALL)).toHaveLength(1)
    expect(knownFrameworks(sample('src/redis/client.ts', "declare module 'redis' {}"), SMALL)).toHaveLength(1)
    expect(knownFrameworks(sample('src/redis/client.ts', "type A = import('redis').A"), SMALL)).toHaveLength(1)
  })

  test('a package that nobody declares', () => {
    expect(undeclaredPackages(sample('src/http/a.ts', "import type { A } from '@scope/name/sub'"), SMALL)).toEqual([
      'src/http/a.ts imports @scope/name, which is neither a dependency nor a peer',
    ])
  })

  test('a clock on the ground floor', () => {
    expect(impurities(sample('src/lifetime.ts', 'const now = Date.now()'))).toHaveLength(1)
    expect(impurities(sample('src/lifetime.ts', "import { readFileSync } from 'node:fs'"))).toHaveLength(1)
    expect(impurities(sample('src/session-store.ts', 'const now = Date.now()'))).toEqual([])
  })

  test('a key that is put together elsewhere', () => {
    for (const line of [
      'const key = prefix + id',
      'const key = `${this.prefix}${id}`',
      "const key = 'session:' + id",
    ]) {
      expect(otherKeyAuthors(sample('src/redis/engine.ts', line))).toHaveLength(1)
    }
  })

  test('a file that no export leads to', () => {
    expect(unreachableFiles(sample('src/redis/keys.ts', 'export const a = 1'), SMALL)).toEqual([
      'src/http/visit.ts',
      'src/adapters/koa.ts',
      'src/compat/koa-session.ts',
      'src/redis/keys.ts',
    ])
    expect(unreachableFiles(samples(['src/index.ts', "import './a.ts'"], ['src/a.ts', '']), SMALL)).toEqual([])
  })

  test('nothing in comments or in other exports', () => {
    expect(importsOf(" * import a from 'b'\n// import('b')\nexport const a = 'b'\nexport function from() {}")).toEqual(
      [],
    )
  })
})

/** A small sound project with one more file, or with one replaced. */
function sample(path: string, source: string): Sources {
  return samples(
    ['src/index.ts', "export * from './redis/store.ts'\nexport * from './memory/store.ts'"],
    ['src/errors.ts', ''],
    ['src/store.ts', "import './errors.ts'"],
    ['src/redis/store.ts', "import type { SessionStore } from '../store.ts'"],
    ['src/memory/store.ts', "import type { SessionStore } from '../store.ts'"],
    ['src/http/visit.ts', ''],
    ['src/adapters/koa.ts', ''],
    ['src/compat/koa-session.ts', ''],
    [path, source],
  )
}

/** What package.json says of an entry point. */
function target(source: string): { types: string; default: string } {
  const built = source.replace(/^src\//, './dist/').replace(/\.ts$/, '')
  return { types: `${built}.d.ts`, default: `${built}.js` }
}

function samples(...entries: [string, string][]): Sources {
  return new Map(entries)
}

function readSources(...folders: string[]): Sources {
  const paths = folders
    .filter((folder) => existsSync(new URL(folder, root)))
    .flatMap((folder) =>
      (readdirSync(new URL(folder, root), { recursive: true }) as string[]).map((path) => posix.join(folder, path)),
    )
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.endsWith('.d.ts'))
  return new Map(paths.map((path) => [path, readFileSync(new URL(path, root), 'utf8')]))
}
