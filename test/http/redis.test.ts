/** What only a Redis of one's own shows: every command that a request costs, and what an outage does to it. */
import { inspect } from 'node:util'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RedisSessionStore } from '../../src/index.ts'
import { eventually } from '../support/redis/eventually.ts'
import { type CommandWatch, watchCommands } from '../support/redis/monitor.ts'
import { type RedisServer, startRedis } from '../support/redis/server.ts'
import type { Routes } from './adapter.ts'
import { express } from './adapters/express.ts'
import { fastify } from './adapters/fastify.ts'
import { fetchApi } from './adapters/fetch.ts'
import { hono } from './adapters/hono.ts'
import { koa } from './adapters/koa.ts'
import { node } from './adapters/node.ts'
import { memory } from './engines.ts'
import { benchOf } from './site.ts'

const PATIENCE = 10_000
const IMPATIENCE = 250

let server: RedisServer
let watch: CommandWatch
let client: ReturnType<typeof createClient>

beforeAll(async () => {
  server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
  watch = await watchCommands(server.port)
  client = createClient({ url: server.url })
  client.on('error', () => {}) // an outage is what the tests are about
  await client.connect()
})
afterAll(async () => {
  client.destroy()
  watch.stop()
  await server.stop()
})

const routes: Routes = {
  'GET /plain': () => ({ text: 'plain' }),
  'GET /who': ({ session }) => ({ json: session.get('username') ?? null }),
  'POST /name': ({ session, query }) => {
    session.set('username', query.get('name') as string)
    return { json: 'ok' }
  },
  'POST /count': async ({ session }) => ({ json: await session.increment('page_views') }),
  'POST /logout': async ({ session }) => {
    await session.destroy()
    return { json: 'ok' }
  },
}

describe.each([node, express, fastify, koa, hono, fetchApi])('$name', (adapter) => {
  const open = (commandTimeout: number) => {
    const store = new RedisSessionStore({ client, commandTimeout })
    return benchOf(adapter, memory).open(routes, { store })
  }

  test('V7.6.2 each request costs the commands that it has to, and anonymous ones none', async () => {
    const { browser } = await open(PATIENCE)
    const visitor = browser()
    const commandsOf = async (work: () => Promise<unknown>) => {
      await watch.settled()
      watch.clear()
      await work()
      await watch.settled()
      return watch.commands().filter(({ fromScript }) => !fromScript).length
    }
    await visitor.post('/name?name=andrew')
    for (const path of ['/count', '/name?name=a', '/logout']) await visitor.post(path) // Redis knows the scripts now

    expect(await commandsOf(() => visitor.get('/who'))).toBe(0)
    expect(await commandsOf(() => browser().get('/plain'))).toBe(0)
    expect(await commandsOf(() => visitor.get('/who', { headers: { cookie: 'sid=malformed' } }))).toBe(0)
    expect(await commandsOf(() => visitor.post('/name?name=andrew'))).toBe(1)
    expect(await commandsOf(() => visitor.get('/who'))).toBe(1)
    expect(await commandsOf(() => visitor.get('/plain'))).toBe(1)
    expect(await commandsOf(() => visitor.post('/name?name=b'))).toBe(2)
    expect(await commandsOf(() => visitor.post('/count'))).toBe(2)
    const sent = JSON.stringify(watch.commands().filter(({ fromScript }) => !fromScript))
    expect(sent).not.toContain('andrew')
    expect(await commandsOf(() => visitor.post('/logout'))).toBe(2)
  })

  test('V16.5.3 V16.2.5 while Redis hangs or is gone, visitors get 503 and keep their cookies; then they are back', async () => {
    const { browser, errors } = await open(IMPATIENCE)
    const visitor = browser()
    await visitor.post('/name?name=andrew')
    const cookie = visitor.cookie('sid')
    const expectUnavailable = async () => {
      for (const answer of await Promise.all([visitor.get('/who'), browser().post('/name?name=new')])) {
        expect([answer.status, answer.cookies]).toEqual([503, []])
      }
      expect((await browser().get('/who')).json()).toBe(null)
    }

    server.process.kill('SIGSTOP')
    await expectUnavailable()
    server.process.kill('SIGCONT')
    await eventually('Redis to answer again', async () => (await visitor.get('/who')).status === 200)
    expect((await visitor.get('/who')).json()).toBe('andrew')

    await server.kill()
    await expectUnavailable()
    await server.restart()
    await eventually('the client to be back', async () => (await visitor.get('/who')).status === 200)
    expect((await visitor.get('/who')).json()).toBe('andrew')
    expect(visitor.cookie('sid')).toBe(cookie)
    expect(errors.every((error) => (error as { status: number }).status === 503)).toBe(true)
    expect(inspect(errors, { depth: 20, showHidden: true })).not.toContain(cookie)

    watch.stop()
    watch = await watchCommands(server.port)
  })
})
