/** Every code block of the docs does what the page says, every link leads somewhere, and nothing public is missing. */
import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { createClient } from 'redis'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import * as sojourn from '../../src/index.ts'
import * as record from '../../src/record.ts'
import { commandsOf, complaintAbout, isForRedis, runCommands } from './commands.ts'
import { anchorsOf, blocksOf, linksOf, type Page, readPages } from './markdown.ts'
import { compile, inWordsOf, type Outcome, type Program, programsOf, runPrograms } from './programs.ts'

const LANGUAGES = new Set(['ts', 'sh', 'text', 'json', 'lua'])
const PATIENCE = 60_000

/** The docs have a database of their own, in which the default prefix is free. */
const DATABASE = 9
const redis = inject('redis')

const pages = readPages()
const programs = pages.flatMap(programsOf)

let complaints: string[]
let outcomes: Map<Program, Outcome>

beforeAll(async () => {
  const client = await createClient({ url: redis.url, database: DATABASE }).connect()
  await client.flushDb()
  client.destroy()
  complaints = await compile(programs, withTestServers)
  outcomes = await runPrograms(programs)
}, PATIENCE)

describe('programs', () => {
  test('have no type errors', () => expect(complaints).toEqual([]))

  test.each(programs.filter(({ notRun }) => notRun === null))('$page, line $line, prints what it says', (program) => {
    const { logged, error } = outcomes.get(program) as Outcome
    expect(error).toBe(null)
    expect(inWordsOf(program.expected, logged)).toEqual(program.expected)
  })
})

// After the programs: they leave sessions behind to look at.
describe('commands', () => {
  test.each(pages.filter((page) => commandsOf(page).length > 0))('of $path can be given', async (page) => {
    const blocks = commandsOf(page)
    const others = blocks.flatMap((block) => block.commands).filter((command) => !isForRedis(command))
    expect(others.map(complaintAbout).filter((complaint) => complaint !== null)).toEqual([])

    const printed = await runCommands(blocks, redis.port, DATABASE)
    for (const [i, { expected }] of blocks.entries()) {
      const lines = printed[i] as string[]
      expect(inWordsOf(expected ?? lines, lines)).toEqual(expected ?? lines)
    }
  })
})

describe.each(pages)('$path', (page) => {
  test('has code in languages that are checked', () => {
    expect(blocksOf(page).filter(({ language }) => !LANGUAGES.has(language))).toEqual([])
  })

  test('has links that lead somewhere', () => {
    expect(linksOf(page).filter((link) => !leadsSomewhere(page.path, link))).toEqual([])
  })
})

describe('named in the docs are', () => {
  test('every error with its code', () => {
    const classes = Object.values(sojourn).filter((value) => isClassOf(value, sojourn.SojournError))
    const rows = classes.filter((each) => each !== sojourn.SojournError).map((each) => [each.name, new each('').code])
    expect(rows.length).toBeGreaterThan(8)
    const page = pageAt('docs/errors.md').text
    expect(rows.filter(([name, code]) => !page.includes(`| \`${name}\` | \`${code}\` |`))).toEqual([])
  })

  test('every call of a store', () => {
    const calls = Object.getOwnPropertyNames(Object.getPrototypeOf(sojourn.MemorySessionStore.prototype)).slice(1)
    expect(calls.length).toBeGreaterThan(10)
    expect(calls.filter((call) => !pageAt('README.md').text.includes(`| \`${call}(`))).toEqual([])
  })

  test('every reserved field', () => {
    const fields = Object.values(record).filter((value) => typeof value === 'string' && value !== record.MARK)
    expect(fields.length).toBeGreaterThan(5)
    expect(fields.filter((field) => !pageAt('docs/data-model.md').text.includes(`| \`${field}\` |`))).toEqual([])
  })
})

/** The addresses that the docs use, as those of the servers of this test run. */
function withTestServers(source: string): string {
  const [clusterPort] = inject('cluster').ports
  const [sentinel] = inject('sentinel').sentinels
  return source
    .replaceAll('redis://localhost:6379', `${redis.url}/${DATABASE}`)
    .replaceAll('localhost:7000', `127.0.0.1:${clusterPort}`)
    .replaceAll("{ host: 'localhost', port: 7000 }", `{ host: '127.0.0.1', port: ${clusterPort} }`)
    .replaceAll("{ host: 'localhost', port: 26379 }", `{ host: '127.0.0.1', port: ${sentinel?.port} }`)
    .replaceAll("'mymaster'", `'${inject('sentinel').name}'`)
}

function leadsSomewhere(from: string, link: string): boolean {
  if (/^https?:/.test(link)) return true
  const [path, anchor] = link.split('#') as [string, string | undefined]
  const target = path === '' ? from : posix.join(posix.dirname(from), path)
  return existsSync(target) && (anchor === undefined || anchorsOf(pageAt(target)).includes(anchor))
}

function pageAt(path: string): Page {
  return pages.find((page) => page.path === path) as Page
}

function isClassOf(value: unknown, base: object): value is new (message: string) => sojourn.SojournError {
  return typeof value === 'function' && (value === base || Object.prototype.isPrototypeOf.call(base, value))
}
