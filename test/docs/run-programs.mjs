/** Imports each program that it is given and sends what it printed and how it ended. */
import { inspect } from 'node:util'

const PATIENCE = 10_000

let logged = []
let fail = () => {}
console.log = (...values) => logged.push(values.map(format).join(' '))
process.on('uncaughtException', (error) => fail(error))
process.on('unhandledRejection', (error) => fail(error))

for (const [index, path] of process.argv.slice(2).entries()) {
  logged = []
  const error = await run(path)
  await new Promise((sent) => {
    process.send({ index, logged, error }, sent)
  })
}
process.exit() // connections that a program leaves open end here

function run(path) {
  return new Promise((settle) => {
    const timer = setTimeout(() => fail(new Error(`not finished after ${PATIENCE} ms`)), PATIENCE)
    fail = (error) => settle(String(error?.stack ?? error))
    import(path).then(() => settle(null), fail).finally(() => clearTimeout(timer))
  })
}

function format(value) {
  return typeof value === 'string' ? value : inspect(value, { breakLength: Number.POSITIVE_INFINITY, compact: true })
}
