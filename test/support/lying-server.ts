/** A server that speaks RESP2 and answers whatever it is told to: what no Redis would, but a broken proxy or an impostor may. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** Bytes to answer with; `null` for none, and an object to hang up after the bytes. */
export type Answer = (
  command: readonly string[],
  nth: number,
) => string | Buffer | null | { closing: true; bytes: string }

export interface LyingServer {
  readonly url: string
  /** How many commands it has lied about. */
  readonly asked: number
  /** Sends bytes that nobody asked for, on every connection. */
  blurt(bytes: string): void
  stop(): Promise<void>
}

/** What a client needs to take it for Redis. */
const HONEST: Readonly<Record<string, string>> = {
  CLIENT: '+OK\r\n',
  SELECT: '+OK\r\n',
  PING: '+PONG\r\n',
  HELLO: "-ERR unknown command 'HELLO'\r\n",
  INFO: resp('redis_version:7.2.0\r\nloading:0\r\n'),
}

export async function startLyingServer(answer: Answer): Promise<LyingServer> {
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer((socket) => {
    sockets.add(socket.setNoDelay(true))
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
    let unread = ''
    socket.on('data', (chunk) => {
      unread += chunk.toString('latin1')
      for (;;) {
        const parsed = parseCommand(unread)
        if (parsed === null) return
        unread = parsed.rest
        const [name = ''] = parsed.command
        const reply = HONEST[name.toUpperCase()] ?? answer(parsed.command, count++)
        if (reply === null) continue
        if (typeof reply === 'string' || Buffer.isBuffer(reply)) socket.write(reply)
        else socket.end(reply.bytes)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get asked() {
      return count
    },
    blurt(bytes) {
      for (const socket of sockets) socket.write(bytes)
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** `*<count>\r\n` and so many `$<length>\r\n<bytes>\r\n`; `null` while something is missing. */
function parseCommand(text: string): { command: string[]; rest: string } | null {
  const head = /^\*(\d+)\r\n/.exec(text)
  if (head === null) return null
  let at = head[0].length
  const command: string[] = []
  for (let i = 0; i < Number(head[1]); i++) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at, at + 20))
    if (size === null) return null
    at += size[0].length
    const length = Number(size[1])
    if (text.length < at + length + 2) return null
    command.push(text.slice(at, at + length))
    at += length + 2
  }
  return { command, rest: text.slice(at) }
}

/** A value as RESP2. */
export function resp(value: unknown): string {
  if (value === null) return '$-1\r\n'
  if (typeof value === 'number') return `:${value}\r\n`
  if (Array.isArray(value)) return `*${value.length}\r\n${value.map(resp).join('')}`
  return `$${Buffer.byteLength(String(value))}\r\n${value}\r\n`
}
