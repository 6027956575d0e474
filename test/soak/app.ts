/** An app server of the soak: `app.js CLIENT ADDRESS`. Says its port to its parent, and its vitals when asked for them. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { RedisSessionStore, type Session } from 'sojourn'
import { sessions } from 'sojourn/node'
import { type Address, type ClientName, openClient } from './client.ts'

const [clientName, address] = process.argv.slice(2) as [ClientName, string]
const COMMAND_TIMEOUT = 500

const client = await openClient(clientName, JSON.parse(address) as Address)
const store = new RedisSessionStore({
  client,
  hashIds: true,
  commandTimeout: COMMAND_TIMEOUT,
  indexes: { user_id: true },
})

const withSession = sessions({
  store,
  cookie: { name: 'sid', secure: false },
  onError(error, _request, response) {
    if (response.headersSent) return void response.destroy()
    const { status = 500, code = String(error), cause } = error as { status?: number; code?: string; cause?: unknown }
    send(response, status, { error: (cause as { code?: string } | undefined)?.code ?? code })
  },
})

type Handler = (session: Session, query: URLSearchParams) => unknown

const routes: Record<string, Handler> = {
  'GET /me': (session) => view(session),
  'POST /login': async (session, query) => {
    const [user_id = '', tag = ''] = [query.get('user'), query.get('tag')] as string[]
    await session.rotate({ authenticated: true, data: { user_id, tag, n: '0', value: '0' } })
    return view(session)
  },
  'POST /set': async (session, query) => {
    await sleep(Math.random() * 30) // in which the session may end
    if (session.has('tag')) session.set('value', query.get('value') as string)
    return view(session)
  },
  'POST /count': async (session) => {
    if (session.has('tag')) await session.increment('n')
    return view(session)
  },
  'POST /rotate': async (session) => {
    if (session.has('tag')) await session.rotate()
    return view(session)
  },
  'POST /logout': (session) => session.destroy(),
  'POST /logout-everywhere': async (session) => {
    const before = view(session) // for a visitor who is nobody it ends nothing
    await session.logoutEverywhere()
    return before
  },
}

/** What the visitor is shown of their session. */
function view(session: Session) {
  return { tag: session.get('tag') ?? null, n: Number(session.get('n')), value: session.get('value') }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body ?? {}))
}

const server = createServer(
  withSession(async (request: IncomingMessage, response: ServerResponse, session: Session) => {
    const { pathname, searchParams } = new URL(request.url as string, 'http://localhost')
    const shown = await (routes[`${request.method} ${pathname}`] as Handler)(session, searchParams)
    send(response, 200, shown)
  }),
)
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))

process.on('disconnect', () => process.exit()) // nobody would end it
process.on('message', () => {
  globalThis.gc?.()
  globalThis.gc?.()
  process.send?.({
    heap: process.memoryUsage().heapUsed,
    sockets: process.getActiveResourcesInfo().filter((name) => name.startsWith('TCPSocket')).length,
    listeners: client.eventNames().reduce((sum, name) => sum + client.listenerCount(name), 0),
  })
})
