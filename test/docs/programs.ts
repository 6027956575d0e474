/**
 * The ts blocks of the docs as programs. A block is a module of its own; with `continues` on its fence it goes on where the
 * block before it ended. Its lines keep their numbers, so that the compiler speaks of lines of the page. What follows
 * `console.log(…) //` on a line is what that line prints, with … for what differs each time.
 */
import { execFile, fork } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Block, blocksOf, type Page } from './markdown.ts'

const FOLDER = 'build/docs'
const TSC = 'node_modules/typescript/bin/tsc'

/** The drop-ins' middlewares declare `request.session` for the whole program, otherwise than our adapters do. */
const DROP_IN = /from '(sojourn\/)?(express-session|@?fastify[-/]session|koa-session)'/

export interface Program {
  readonly page: string
  readonly line: number
  /** Why it is not run: `ts no-run: …`. */
  readonly notRun: string | null
  readonly source: string
  readonly expected: readonly string[]
}

export interface Outcome {
  readonly logged: readonly string[]
  readonly error: string | null
}

export function programsOf(page: Page): Program[] {
  const programs: Block[][] = []
  for (const block of blocksOf(page)) {
    if (block.language !== 'ts') continue
    if (block.info !== 'continues') programs.push([block])
    else if (programs.length > 0) programs.at(-1)?.push(block)
    else throw new Error(`${page.path}: the block of line ${block.line} continues nothing`)
  }
  return programs.map((blocks) => program(page, blocks))
}

function program({ path }: Page, blocks: readonly Block[]): Program {
  const [{ line, info }] = blocks as [Block]
  const lines: string[] = []
  for (const block of blocks) {
    lines.length = Math.max(lines.length, block.line)
    lines.push(...block.lines)
  }
  return {
    page: path,
    line,
    notRun: info === '' ? null : reasonNotToRun(info, `${path}:${line}`),
    source: Array.from(lines, (each) => each ?? '').join('\n'),
    expected: blocks.flatMap((block) =>
      block.lines.flatMap((each, i) => printed(each, `${path}:${block.line + 1 + i}`)),
    ),
  }
}

function reasonNotToRun(info: string, where: string): string {
  const reason = /^no-run: (.+)$/.exec(info)?.[1]
  if (reason === undefined) throw new Error(`${where}: "ts ${info}" is none of ts, ts continues, ts no-run: <reason>`)
  return reason
}

function printed(line: string, where: string): string[] {
  if (!line.includes('console.log(')) return []
  const comment = /\) \/\/ (.+)$/.exec(line)?.[1]
  if (comment === undefined) throw new Error(`${where}: console.log without a comment that says what it prints`)
  return [comment]
}

/** The lines, each in the words of the page where that says the same: … stands for anything. */
export function inWordsOf(expected: readonly string[], lines: readonly string[]): string[] {
  return lines.map((line, i) => (pattern(expected[i] ?? '').test(line.trimEnd()) ? (expected[i] ?? '') : line))
}

function pattern(expected: string): RegExp {
  const parts = expected.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's')
}

/** Compiles all programs, those of the drop-ins apart, and returns what the compiler says against them. */
export async function compile(programs: readonly Program[], rewrite: (source: string) => string): Promise<string[]> {
  rmSync(FOLDER, { recursive: true, force: true })
  for (const each of programs) {
    const path = join(FOLDER, `${nameOf(each)}.ts`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, rewrite(each.source))
  }
  const isDropIn = ({ source }: Program) => DROP_IN.test(source)
  const complaints = await Promise.all([
    compileTogether(
      'tsconfig.json',
      programs.filter((each) => !isDropIn(each)),
    ),
    compileTogether('tsconfig.dropins.json', programs.filter(isDropIn)),
  ])
  return complaints.flat()
}

async function compileTogether(project: string, programs: readonly Program[]): Promise<string[]> {
  const compilerOptions = {
    noEmit: false,
    rootDir: '.',
    outDir: 'js',
    moduleDetection: 'force',
    paths: {}, // the pages mean the package as it is installed, not its sources
    rewriteRelativeImportExtensions: true,
  }
  writeFileSync(
    join(FOLDER, project),
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions,
      include: [],
      files: programs.map((each) => `${nameOf(each)}.ts`),
    }),
  )
  const output = await new Promise<string>((settle) => {
    execFile(process.execPath, [TSC, '-p', join(FOLDER, project)], (_, stdout) => settle(stdout))
  })
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map(onThePage)
}

/** Runs all programs in one process, one after the other. */
export function runPrograms(programs: readonly Program[]): Promise<Map<Program, Outcome>> {
  const runnable = programs.filter(({ notRun }) => notRun === null)
  const outcomes = new Map<Program, Outcome>()
  const child = fork(
    'test/docs/run-programs.mjs',
    runnable.map((each) => resolve(FOLDER, 'js', `${nameOf(each)}.js`)),
  )
  child.on('message', (outcome: Outcome & { index: number }) => {
    outcomes.set(runnable[outcome.index] as Program, outcome)
  })
  return new Promise((settle, reject) => {
    child.once('error', reject)
    child.once('exit', () => settle(outcomes))
  })
}

function nameOf({ page, line }: Program): string {
  return `${page}/line-${line}`
}

/** `build/docs/docs/errors.md/line-9.ts(12,3): …` as `docs/errors.md:12: …` */
function onThePage(complaint: string): string {
  return complaint.replace(/^build\/docs\/(.+\.md)\/line-\d+\.ts\((\d+),\d+\)/, '$1:$2')
}
