/** The proxy itself: each misbehaviour as a plain socket sees it. */
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type Proxy, startProxy } from '../support/proxy.ts'

let proxy: Proxy
/** The server's ends of the connections. */
let accepted: Socket[]

beforeEach(async () => {
  accepted = []
  const echo = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket)
    socket.on('error', () => {})
    socket.on('data', (data) => socket.writable && socket.write(data))
  })
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  const { port } = echo.address() as AddressInfo
  proxy = await startProxy(port)
  return async () => {
    await proxy.stop()
    for (const socket of accepted) socket.destroy()
    echo.close()
  }
})

/** A connection through the proxy that has been used once. */
async function connect(): Promise<Socket> {
  const socket = createConnection({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  socket.write('hello')
  expect(String((await once(socket, 'data'))[0])).toBe('hello')
  return socket
}

/** How long it takes for so many bytes to come back. */
async function echoed(socket: Socket, length: number): Promise<number> {
  const begun = performance.now()
  let missing = length
  const back = new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      missing -= data.length
      if (missing <= 0) resolve()
    })
  })
  socket.write('x'.repeat(length))
  await back
  return performance.now() - begun
}

test('passes everything on, both ways', async () => {
  const socket = await connect()
  await echoed(socket, 1_000_000)
  expect([proxy.open, proxy.arrivals.length]).toEqual([1, 1])
})

test('delays, in one direction or both, until it is healed', async () => {
  const socket = await connect()
  proxy.delay(100)
  expect(await echoed(socket, 1)).toBeGreaterThanOrEqual(190)
  proxy.heal()
  proxy.delay(100, 'toClient')
  expect(await echoed(socket, 1)).toBeGreaterThanOrEqual(95)
  proxy.heal()
  expect(await echoed(socket, 1)).toBeLessThan(95)
})

test('throttles', async () => {
  const socket = await connect()
  proxy.throttle(10_000, 'toServer')
  expect(await echoed(socket, 2000)).toBeGreaterThanOrEqual(190)
})

test('cuts: the client sees a reset', async () => {
  const socket = await connect()
  const error = once(socket, 'error')
  proxy.cut()
  expect((await error)[0]).toMatchObject({ code: 'ECONNRESET' })
  await connect()
})

test('swallows: the connection stays open and silent, for good; new ones work', async () => {
  const socket = await connect()
  let heard = 0
  socket.on('data', () => {
    heard += 1
  })
  proxy.blackhole()
  socket.write('anybody?')
  proxy.heal()
  socket.write('anybody?')
  await connect()
  await sleep(50)
  expect([heard, socket.destroyed]).toEqual([0, false])
})

test('closes one direction, and leaves the other', async () => {
  const socket = await connect()
  const ended = once(socket, 'end')
  proxy.halfClose('toClient')
  await ended
  socket.write('still heard')
  const [server] = accepted as [Socket]
  expect(String((await once(server, 'data'))[0])).toBe('still heard')
})

test('cuts at the reply: the server has heard, and nobody is told', async () => {
  const socket = await connect()
  const [server] = accepted as [Socket]
  proxy.cutAtReply()
  const heard = once(server, 'data')
  const error = once(socket, 'error')
  socket.write('do it')
  expect(String((await heard)[0])).toBe('do it')
  expect((await error)[0]).toMatchObject({ code: 'ECONNRESET' })
})

test('refuses', async () => {
  proxy.refuse()
  await expect(connect()).rejects.toMatchObject({ code: 'ECONNRESET' })
  proxy.heal()
  await connect()
})
