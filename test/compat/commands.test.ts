/** How many commands a request costs Redis. */
import { createClient } from 'redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { SojournStore as ExpressStore } from '../../src/compat/express-session.ts'
import { SojournStore as FastifyStore } from '../../src/compat/fastify-session.ts'
import { SojournStore as KoaStore } from '../../src/compat/koa-session.ts'
import { type CommandWatch, watchCommands } from '../support/redis/monitor.ts'
import { type RedisServer, startRedis } from '../support/redis/server.ts'
import * as express from './express-session/site.ts'
import * as fastify from './fastify-session/site.ts'
import * as koa from './koa-session/site.ts'
import { holdTime } from './support/benches.ts'

let server: RedisServer
let client: ReturnType<typeof connect>
let watch: CommandWatch
beforeAll(async () => {
  server = await startRedis()
  client = connect(server.url)
  await client.connect()
  watch = await watchCommands(server.port)
})
afterAll(async () => {
  watch.stop()
  client.destroy()
  await server.stop()
})
beforeEach(() => client.flushDb())
holdTime()

function connect(url: string) {
  return createClient({ url })
}

const age = async () => {}
const routes = {
  '/': ({ session }: { session: { user?: string } }) => session.user,
  '/set': ({ session }: { session: { user?: string } }) => void (session.user = 'andrew'),
}

/** What a visit sends, besides what its scripts call. */
async function cost(visit: () => Promise<unknown>): Promise<string[]> {
  await watch.settled()
  watch.clear()
  await visit()
  await watch.settled()
  return watch
    .commands()
    .filter(({ fromScript }) => !fromScript)
    .map(({ name }) => name)
}

const ONE = ['EVALSHA']
const TWO = ['EVALSHA', 'EVALSHA']

describe('a visit costs', () => {
  test.each([
    ['one command without a cookie that ends', {}, ONE],
    ['one with one, too, of which the end has just moved', { cookie: { maxAge: 600_000 } }, ONE],
    ['no more for resave', { resave: true }, ONE],
  ])('express-session %s', async (_, options, reading) => {
    const site = await express.opener(() => new ExpressStore({ client }), age)(options, routes)
    const visitor = site.browser()
    expect(await cost(() => visitor.get('/'))).toEqual([])
    await visitor.get('/set')
    await visitor.get('/set')
    await visitor.get('/')
    expect(await cost(() => visitor.get('/'))).toEqual(reading)
    expect(await cost(() => visitor.get('/set'))).toEqual(reading)
  })

  test.each([
    ['two a second later', 600_000, 1000, TWO],
    ['one before that', 600_000, 900, ONE],
    ['two, if the session is short-lived', 5000, 900, TWO],
  ])('express-session with a cookie that ends %s', async (_, maxAge, later, reading) => {
    const site = await express.opener(() => new ExpressStore({ client }), age)({ cookie: { maxAge } }, routes)
    const visitor = site.browser()
    await visitor.get('/set')
    vi.setSystemTime(Date.now() + 2000)
    await visitor.get('/')
    vi.setSystemTime(Date.now() + later)
    expect(await cost(() => visitor.get('/'))).toEqual(reading)
  })

  test('@fastify/session the same', async () => {
    const options = { cookie: { maxAge: 600_000 } }
    const site = await fastify.opener(() => new FastifyStore({ client }), age)(options, routes)
    const visitor = site.browser()
    await visitor.get('/set')
    vi.setSystemTime(Date.now() + 2000)
    await visitor.get('/')
    vi.setSystemTime(Date.now() + 900)
    expect(await cost(() => visitor.get('/'))).toEqual(ONE)
    vi.setSystemTime(Date.now() + 900)
    expect(await cost(() => visitor.get('/'))).toEqual(TWO)
  })

  test('@fastify/session one command, rolling as it is by default', async () => {
    const site = await fastify.opener(() => new FastifyStore({ client }), age)({}, routes)
    const visitor = site.browser()
    await visitor.get('/set')
    await visitor.get('/')
    expect(await cost(() => visitor.get('/'))).toEqual(ONE)
  })

  test('koa-session one command', async () => {
    const site = await koa.opener(() => new KoaStore({ client }), age)({}, routes)
    const visitor = site.browser()
    expect(await cost(() => visitor.get('/'))).toEqual([])
    await visitor.get('/set')
    await visitor.get('/')
    expect(await cost(() => visitor.get('/'))).toEqual(ONE)
  })
})
