/** The pages of the docs, taken apart as far as the tests look. */
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'

export interface Page {
  readonly path: string
  readonly text: string
}

export interface Block {
  readonly language: string
  /** What follows the language on the fence. */
  readonly info: string
  /** The line of the fence, from 1. */
  readonly line: number
  readonly lines: readonly string[]
  /** Whether nothing but blank lines separates it from the block before. */
  readonly follows: boolean
}

export function readPages(): Page[] {
  const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((path) => posix.join('docs', path))
  return ['README.md', ...docs.filter((path) => path.endsWith('.md')).sort()].map((path) => ({
    path,
    text: readFileSync(path, 'utf8'),
  }))
}

export function blocksOf({ path, text }: Page): Block[] {
  const blocks: Block[] = []
  let open: { language: string; info: string; line: number; lines: string[]; follows: boolean } | null = null
  let follows = false
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^```(\S*)\s*(.*)$/.exec(line)
    if (fence === null) {
      if (open !== null) open.lines.push(line)
      else if (line.trim() !== '') follows = false
    } else if (open === null) {
      open = { language: fence[1] ?? '', info: fence[2] ?? '', line: index + 1, lines: [], follows }
    } else {
      blocks.push(open)
      open = null
      follows = true
    }
  }
  if (open !== null) throw new Error(`${path}: the block of line ${open.line} is not closed`)
  return blocks
}

/** The targets of links and images, without those inside of code. */
export function linksOf({ text }: Page): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] as string)
}

/** What `#` can lead to on a page: its headings, named as GitHub names them. */
export function anchorsOf({ text }: Page): string[] {
  const headings = text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)
  return [...headings].map((match) =>
    (match[1] as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
