/** A link to a server that can lose a reply: what was asked for has happened, and whoever asked never hears of it. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { HOST, type RedisServer } from '../support/redis/server.ts'

export interface LossyLink {
  readonly port: number
  readonly url: string
  /** Cuts all connections when the server answers the next time, in place of the answer; resolves then. */
  loseNextReply(): Promise<void>
}

/** A link that is gone with the test. */
export async function lossyLink(server: Pick<RedisServer, 'host' | 'port'>): Promise<LossyLink> {
  const sockets = new Set<Socket>()
  let lost: (() => void) | null = null
  const link = createServer((near) => {
    const far = connect(server.port, server.host)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    near.pipe(far)
    far.on('data', (reply) => {
      if (lost === null) return void near.write(reply)
      for (const socket of sockets) socket.destroy()
      lost()
      lost = null
    })
  })
  link.listen(0, HOST)
  await once(link, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    link.close()
  })
  const { port } = link.address() as AddressInfo
  return {
    port,
    url: `redis://${HOST}:${port}`,
    loseNextReply: () =>
      new Promise((resolve) => {
        lost = resolve
      }),
  }
}
