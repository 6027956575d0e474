/**
 * Compiles src/redis/lua/*.lua to src/redis/scripts.gen.ts: each script behind the prelude, without comments.
 * `--check` fails when the committed file is not what the Lua says.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const folder = new URL('../src/redis/lua/', import.meta.url)
const target = new URL('../src/redis/scripts.gen.ts', import.meta.url)
const PRELUDE = 'prelude.lua'

const generated = compile()
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== generated) {
    console.error('src/redis/scripts.gen.ts is stale: run `npm run compile-lua` and commit it')
    process.exit(1)
  }
} else {
  writeFileSync(target, generated)
}

function compile() {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.lua') && name !== PRELUDE)
    .sort()
  const entries = names.map((name) => `export const ${name.slice(0, -4)}: string = ${quote(body(name))}\n`)
  return [
    '// Generated from lua/*.lua by scripts/compile-lua.mjs. Do not edit.\n',
    `const prelude = ${quote(body(PRELUDE))}\n`,
    ...entries.map((entry) => entry.replace('= `', '= `${prelude}')),
  ].join('\n')
}

function body(name) {
  return readFileSync(new URL(name, folder), 'utf8')
    .split('\n')
    .map((line) => line.replace(/--.*$/, '').trim())
    .filter((line) => line !== '')
    .join('\n')
    .concat('\n')
}

function quote(lua) {
  return `\`${lua.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')}\``
}
