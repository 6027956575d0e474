/**
 * Compiles src/redis/lua/*.lua to src/redis/scripts.gen.ts: each script behind those declarations of the prelude that it
 * uses, without comments. What a script does not use would cost it time at each call. The declarations stand in the file
 * once, and are put together when it is loaded: written out, they would be most of what the package weighs.
 * `--check` fails when the committed file is not what the Lua says.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const folder = new URL('../src/redis/lua/', import.meta.url)
const target = new URL('../src/redis/scripts.gen.ts', import.meta.url)
const PRELUDE = 'prelude.lua'
const BATCH = 'batch.lua'
const HEAD = `// Generated from lua/*.lua by scripts/compile-lua.mjs. Do not edit.

/** What a script declares, and what it does. */
export type Lua = readonly [declarations: string, body: string]
`

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
    .filter((name) => name.endsWith('.lua') && name !== PRELUDE && name !== BATCH)
    .sort()
  const prelude = declarations(body(PRELUDE))
  const parts = prelude.map(({ part, text }) => `const ${part}: string = ${quote(text)}\n`)
  const entries = names.map((name) => {
    const script = body(name)
    const used = usedBy(script, prelude).map(({ part }) => part)
    const source = `[/* @__PURE__ */ [${used.join(', ')}].join(''), ${quote(script)}]`
    return `export const ${name.slice(0, -4)}: Lua = ${source}\n`
  })
  entries.push(`export const batch: string = ${quote(body(BATCH))}\n`)
  return [HEAD, ...parts, ...entries].join('\n')
}

function body(name) {
  return readFileSync(new URL(name, folder), 'utf8')
    .split('\n')
    .map((line) => line.replace(/--.*$/, '').trim())
    .filter((line) => line !== '')
    .join('\n')
    .concat('\n')
}

/** The prelude cut where a `local` declaration begins at the outermost level. */
function declarations(lua) {
  const found = []
  let depth = 0
  for (const line of lua.split('\n')) {
    const declared = depth === 0 && /^local (?:function )?([\w, ]+)/.exec(line)
    if (declared) {
      const names = declared[1].split(',').map((name) => name.trim())
      found.push({ names, part: `lua_${names[0]}`, text: '' })
    }
    if (line !== '') found.at(-1).text += `${line}\n`
    depth +=
      (line.match(/\b(function|then|do)\b|[{]/g) ?? []).length - (line.match(/\b(end|elseif)\b|[}]/g) ?? []).length
  }
  return found
}

/** What the script refers to, and what that refers to, in the prelude's order. */
function usedBy(script, prelude) {
  const used = new Set()
  const visit = (lua) => {
    for (const declaration of prelude) {
      const isUsed = declaration.names.some((name) => new RegExp(`\\b${name}\\b`).test(lua))
      if (!isUsed || used.has(declaration)) continue
      used.add(declaration)
      visit(declaration.text)
    }
  }
  visit(script)
  return prelude.filter((declaration) => used.has(declaration))
}

function quote(lua) {
  return `\`${lua.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')}\``
}
