/**
 * A TCP proxy that misbehaves on request. Rules (`delay`, `throttle`, `refuse`) hold for all traffic until `heal`;
 * `cut`, `blackhole`, `halfClose` and `cutAtReply` befall the connections that are open at that moment.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Connection, type Direction, type Rules } from './proxy-connection.ts'

export type { Direction }

const NO_RULES: Rules = { delay: 0, rate: Number.POSITIVE_INFINITY }
const BOTH: readonly Direction[] = ['toServer', 'toClient']

export interface Proxy {
  readonly port: number
  readonly url: string
  /** Connections that are open. */
  readonly open: number
  /** When connections came in, refused ones too, by `performance.now()`. */
  readonly arrivals: readonly number[]
  delay(milliseconds: number, direction?: Direction): void
  throttle(bytesPerSecond: number, direction?: Direction): void
  /** New connections are reset at once. */
  refuse(): void
  /** Resets the connections. */
  cut(): void
  /** What comes is swallowed, for good: the peers see a connection that is open and silent, as behind a router that forgot it. */
  blackhole(direction?: Direction): void
  /** Ends one direction in order (FIN), and leaves the other open. */
  halfClose(direction: Direction): void
  /** Resets each connection in place of delivering what its server says next: the command has run, and nobody is told. */
  cutAtReply(): void
  /** No rules any more. */
  heal(): void
  /** Leads new connections to another server. */
  retarget(port: number): void
  stop(): Promise<void>
}

/** In front of a server on this machine. */
export async function startProxy(targetPort: number): Promise<Proxy> {
  const connections = new Set<Connection>()
  const arrivals: number[] = []
  let rules = { toServer: NO_RULES, toClient: NO_RULES }
  let refusing = false
  let target = targetPort

  const rule = (change: Partial<Rules>, direction?: Direction) => {
    for (const each of direction === undefined ? BOTH : [direction]) {
      rules = { ...rules, [each]: { ...rules[each], ...change } }
    }
  }
  const server = createServer({ allowHalfOpen: true }, (client: Socket) => {
    arrivals.push(performance.now())
    if (refusing) return void client.resetAndDestroy()
    const connection = new Connection(client, target, (direction) => rules[direction])
    connections.add(connection)
    client.once('close', () => connections.delete(connection))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get open() {
      return connections.size
    },
    arrivals,
    delay: (delay, direction) => rule({ delay }, direction),
    throttle: (rate, direction) => rule({ rate }, direction),
    refuse() {
      refusing = true
    },
    cut() {
      for (const connection of connections) connection.cut()
    },
    blackhole(direction) {
      for (const connection of connections) {
        for (const each of direction === undefined ? BOTH : [direction]) connection.swallow(each)
      }
    },
    halfClose(direction) {
      for (const connection of connections) connection.finish(direction)
    },
    cutAtReply() {
      for (const connection of connections) connection.cutAtReply()
    },
    heal() {
      rules = { toServer: NO_RULES, toClient: NO_RULES }
      refusing = false
    },
    retarget(port) {
      target = port
    },
    async stop() {
      for (const connection of connections) connection.cut()
      server.close()
      await once(server, 'close')
    },
  }
}
