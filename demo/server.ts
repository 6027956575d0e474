/** `npm run demo`, then http://localhost:8080: the whole life of a session, in front of your eyes. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createApp } from './app.ts'
import { CommandLog } from './command-log.ts'
import { openEngine } from './engine.ts'
import { HELP, type Options, readOptions, StartError } from './options.ts'

try {
  const options = readOptions(process.argv.slice(2))
  if (options === null) console.log(HELP)
  else await serve(options)
} catch (error) {
  if (!(error instanceof StartError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

async function serve(options: Options): Promise<void> {
  const log = new CommandLog()
  const engine = await openEngine(options, log)
  const server = createServer(createApp(engine, log, options))
  try {
    await listen(server, options)
  } catch (error) {
    await engine.close()
    throw error
  }

  const stop = async () => {
    process.off('SIGINT', stop).off('SIGTERM', stop) // a second Ctrl-C does not wait
    const closed = once(server.close(), 'close')
    const sweep = setInterval(() => server.closeIdleConnections(), 50) // requests under way end first
    await closed
    clearInterval(sweep)
    await engine.close()
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
  console.log(`sojourn's demo is on ${address(server, options)}, with its sessions in ${engine.place}. Ctrl-C ends it.`)
}

async function listen(server: Server, { host, port }: Options): Promise<void> {
  try {
    await once(server.listen(port, host), 'listening')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') throw new StartError(`Port ${port} is taken: choose another with --port.`)
    if (code === 'EACCES') throw new StartError(`Port ${port} needs more rights: choose one above 1023 with --port.`)
    throw new StartError(`Nothing can listen on ${host}: ${code ?? String(error)}.`)
  }
}

function address(server: Server, { host }: Options): string {
  const { port } = server.address() as AddressInfo
  const local = ['127.0.0.1', '0.0.0.0', '::1', '::'].includes(host)
  return `http://${local ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`
}
