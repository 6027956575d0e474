/** docs/security.md names a test for what it says: each of them is there. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const page = readFileSync(new URL('docs/security.md', root), 'utf8')

/** `file`: "test", "test"; several in one cell. */
const cited = [...page.matchAll(/`((?:src|test)\/[^`]+\.ts)`: ((?:"[^"]+"(?:, )?)+)/g)].flatMap(
  ([, path = '', names = '']) => [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => [path, name] as const),
)

test.each(cited)('%s has a test named %s', (path, name) => {
  const file = new URL(path, root)
  expect(existsSync(file)).toBe(true)
  const source = readFileSync(file, 'utf8')
  const quoted = [`'${name}'`, `"${name}"`, `\`${name}\``, `'${name.replaceAll("'", "\\'")}'`]
  expect(quoted.some((title) => source.includes(title))).toBe(true)
})

test('each line names one, or says why not', () => {
  const lines = page.split('\n').filter((line) => line.startsWith('| ') && !/^\| (\||---)/.test(line))
  expect(lines.length).toBeGreaterThan(30)
  const unproven = lines.filter((line) => line.endsWith('| |')).map((line) => line.split(' |')[0])
  expect(unproven).toEqual(['| V14.2.4, V13.3.4, CVE-2026-39324'])
})
