/** The sh blocks of the docs: `redis-cli` runs, and what npm is asked for must be there. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { type Block, blocksOf, type Page } from './markdown.ts'

export interface CommandBlock {
  readonly line: number
  readonly commands: readonly string[]
  /** The lines of the text block right behind it, if there is one: what it prints. */
  readonly expected: readonly string[] | null
}

export function commandsOf(page: Page): CommandBlock[] {
  const blocks = blocksOf(page)
  return blocks.flatMap((block, i) => {
    if (block.language !== 'sh') return []
    const commands = block.lines.filter((line) => line.trim() !== '' && !line.startsWith('#'))
    return [{ line: block.line, commands, expected: outputOf(blocks[i + 1]) }]
  })
}

function outputOf(next: Block | undefined): readonly string[] | null {
  return next?.language === 'text' && next.follows ? next.lines : null
}

export function isForRedis(command: string): boolean {
  return /^(?:\w+=\$\()?redis-cli\b/.test(command)
}

/** What is wrong with a command that is not for Redis; `null` when it can be given. */
export function complaintAbout(command: string): string | null {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  for (const part of command.split('&&').map((each) => each.trim())) {
    const [, verb, name] = /^npm (ci|install|test|run)(?: (\S+))?/.exec(part) ?? []
    if (verb === undefined) return `${part}: neither npm nor redis-cli`
    const script = verb === 'test' ? 'test' : verb === 'run' ? (name ?? '') : null
    if (script !== null && !(script in scripts)) return `${part}: no such script`
  }
  return null
}

/**
 * Runs a page's commands for Redis in one shell, so that later ones see what earlier ones kept, and returns what each
 * block printed. As on a terminal, redis-cli shows types and quotes, except where its output goes on to another program.
 */
export async function runCommands(
  blocks: readonly CommandBlock[],
  port: number,
  database: number,
): Promise<string[][]> {
  const script = [
    'set -eu',
    'redis-cli() {',
    '  local format=--no-raw',
    '  [ "$BASH_SUBSHELL" -eq 0 ] || format=--raw',
    `  command redis-cli -e -p ${port} -n ${database} "$format" "$@"`,
    '}',
    ...blocks.flatMap(({ commands }) => [`echo '${BOUNDARY}'`, ...commands.filter(isForRedis)]),
  ]
  const { stdout } = await promisify(execFile)('bash', ['-c', script.join('\n')])
  return stdout
    .split(`${BOUNDARY}\n`)
    .slice(1)
    .map((output) => output.replace(/\n$/, '').split('\n'))
}

const BOUNDARY = '=== next block ==='
