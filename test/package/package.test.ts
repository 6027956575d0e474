/** What is published: its files, its entry points, its types, and that it stands alone. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installAlone, installBesideFrameworks, makeFolder, type Packed, packInto, run } from './consumer.ts'
import { staleBuilds } from './stale-builds.ts'

const PATIENCE = 60_000

let folder: string
let packed: Packed
let alone: string
let beside: string
let entries: string[]

beforeAll(async () => {
  folder = await makeFolder()
  packed = await packInto(folder)
  alone = await installAlone(folder, packed.tarball)
  beside = await installBesideFrameworks(alone)
  const manifest = JSON.parse(await readFile('package.json', 'utf8')) as { name: string; exports: object }
  entries = Object.keys(manifest.exports)
    .filter((path) => path !== './package.json')
    .map((path) => path.replace('.', manifest.name))
}, PATIENCE)

afterAll(() => rm(folder, { recursive: true, force: true }))

test('dist is what src says', () => expect(staleBuilds()).toEqual([]))

describe('the tarball', () => {
  test('holds the compiled package, its papers and nothing else', () => {
    const papers = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']
    const others = packed.files.filter((path) => !/^(?:dist\/.+(?<!\.test)\.(?:js|d\.ts)|docs\/.+\.md)$/.test(path))
    expect(others.sort()).toEqual(papers)
    expect(packed.files).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'docs/durability.md']))
  })

  test('is sound to publint', async () => {
    const tarball = (await readFile(packed.tarball)).buffer
    const { messages } = await publint({ pack: { tarball }, strict: true })
    expect(messages).toEqual([])
  })

  test('has the right types to attw', { timeout: PATIENCE }, async () => {
    const attw = resolve('node_modules/.bin/attw')
    const { stdout } = await run(attw, [packed.tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-color'])
    for (const entry of entries) expect(stdout).toMatch(new RegExp(`"${entry}"\\s+node16 \\(from ESM\\): .*\\(ESM\\)`))
  })
})

describe('installed alone', () => {
  test('has no other package to load', async () => {
    for (const name of ['redis', 'ioredis', 'express']) {
      await expect(evaluate(alone, `await import('${name}')`)).rejects.toThrow('ERR_MODULE_NOT_FOUND')
    }
  })

  test('keeps sessions in memory', async () => {
    const program = `
      import { MemorySessionStore } from 'sojourn'
      const store = new MemorySessionStore({ ttl: 60 })
      const id = await store.createSession({ username: 'andrew', page_views: '1' })
      const views = await store.incrementField(id, 'page_views')
      const { username } = await store.getSession(id)
      const ended = await store.deleteSession(id)
      console.log(JSON.stringify([id.length, views, username, ended, await store.getSession(id)]))`
    expect(JSON.parse(await evaluate(alone, program))).toEqual([43, 2, 'andrew', true, null])
  })
})

describe('each entry point', () => {
  test('loads', async () => {
    for (const entry of entries) {
      expect(await evaluate(beside, `console.log(Object.keys(await import('${entry}')).length)`)).not.toBe('0')
    }
  })

  test.each([
    ['nodenext', 'adapters'],
    ['bundler', 'adapters'],
    ['nodenext', 'drop-ins'],
    ['bundler', 'drop-ins'],
  ])('has types that hold on their own, with %s resolution, of the %s', async (resolution, kind) => {
    const project = join(beside, `${resolution}.json`)
    // Not in one program: adapters and middlewares both declare `request.session`.
    const chosen = entries.filter((entry) => isDropIn(entry) === (kind === 'drop-ins'))
    const imports = chosen.map((entry, i) => `import * as entry${i} from '${entry}'`)
    const uses = chosen.map((_, i) => `export const names${i}: string[] = Object.keys(entry${i})`)
    await writeFile(join(beside, 'program.ts'), [...imports, ...uses].join('\n'))
    await writeFile(join(beside, `${resolution}.json`), JSON.stringify(consumerConfig(resolution)))
    const complaints = await typeCheck(project)
    expect(complaints.filter((line) => line.startsWith('build/consumer/'))).toEqual([])
  })
})

function isDropIn(entry: string): boolean {
  return entry.endsWith('-session')
}

/** What the compiler has to say, about the declarations of other packages too. */
function typeCheck(project: string): Promise<string[]> {
  return run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', project]).then(
    () => [],
    ({ stdout }: { stdout: string }) => stdout.split('\n'),
  )
}

/** As strict as a user can be: the declarations themselves are checked. */
function consumerConfig(resolution: string): object {
  return {
    compilerOptions: {
      target: 'es2023',
      module: resolution === 'nodenext' ? 'nodenext' : 'preserve',
      moduleResolution: resolution,
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
    },
    files: ['program.ts'],
  }
}

async function evaluate(cwd: string, program: string): Promise<string> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd })
  return stdout.trim()
}
