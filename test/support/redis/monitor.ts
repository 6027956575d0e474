/** The commands that a server executes, as its MONITOR shows them. */
import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { HOST } from './server.ts'

export interface MonitoredCommand {
  /** In capitals, however it was written. */
  readonly name: string
  readonly args: readonly string[]
  /** Called by a script or function rather than sent by a client. */
  readonly fromScript: boolean
}

export interface CommandWatch {
  /** As the server reports them, since the start or the last `clear`. */
  commands(): readonly MonitoredCommand[]
  clear(): void
  /** Resolves when `commands` has everything that the server executed until now; rejects if the server is gone. */
  settled(): Promise<void>
  stop(): void
}

export async function watchCommands(port: number): Promise<CommandWatch> {
  const [monitor, prompter] = await Promise.all([connect(port), connect(port)])
  const gone = new AbortController()
  monitor.once('close', () => gone.abort(new Error(`The server on port ${port} is gone`)))
  const lines = createInterface({ input: monitor })
  monitor.write('MONITOR\r\n')
  await once(lines, 'line', { signal: gone.signal })

  const marks = new EventEmitter()
  const markPrefix = randomUUID()
  let markCount = 0
  let seen: MonitoredCommand[] = []
  lines.on('line', (line) => {
    const command = parseMonitorLine(line)
    const [mark] = command.args
    if (mark?.startsWith(markPrefix)) marks.emit(mark)
    else seen.push(command)
  })

  return {
    commands: () => seen,
    clear() {
      seen = []
    },
    async settled() {
      const mark = `${markPrefix}:${++markCount}`
      prompter.write(`PING ${mark}\r\n`)
      await once(marks, mark, { signal: gone.signal })
    },
    stop() {
      monitor.destroy()
      prompter.destroy()
    },
  }
}

async function connect(port: number): Promise<Socket> {
  const socket = createConnection(port, HOST)
  await once(socket, 'connect')
  socket.on('error', () => {}) // 'close' follows
  socket.resume() // replies that nobody reads must not fill the buffer
  return socket
}

/** `+1700000000.123456 [0 127.0.0.1:50000] "set" "key" "value"`, with `lua` for the address in a script. */
function parseMonitorLine(line: string): MonitoredCommand {
  const [, source, words] = /^\+[\d.]+ \[\d+ (.+?)\] (".*")$/.exec(line) ?? []
  if (source === undefined || words === undefined) throw new Error(`Not a line of MONITOR: ${line}`)
  const [name = '', ...args] = Array.from(words.matchAll(/"((?:[^"\\]|\\.)*)"/g), ([, word = '']) => unescape(word))
  return { name: name.toUpperCase(), args, fromScript: source === 'lua' }
}

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b' }

/** MONITOR writes every byte that is not printable ASCII as an escape, so UTF-8 comes together only afterwards. */
function unescape(word: string): string {
  const bytes = word.replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_, hex: string | undefined, character: string) =>
    hex === undefined ? (ESCAPED[character] ?? character) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString()
}
