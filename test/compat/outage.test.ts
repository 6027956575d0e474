/** When Redis does not answer, requests end soon and with an error: none runs without its session, and no ID is told. */
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SojournStore as ExpressStore } from '../../src/compat/express-session.ts'
import { SojournStore as FastifyStore } from '../../src/compat/fastify-session.ts'
import { SojournStore as KoaStore } from '../../src/compat/koa-session.ts'
import type { Browser } from '../support/http/browser.ts'
import { type RedisServer, startRedis } from '../support/redis/server.ts'
import * as express from './express-session/site.ts'
import * as fastify from './fastify-session/site.ts'
import * as koa from './koa-session/site.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

const SOON = { commandTimeout: 1000 }
const age = async () => {}

interface Outage {
  readonly browser: Browser
  readonly store: { get(id: string): Promise<unknown> }
}

test.each<[string, (client: object) => Promise<Outage>]>([
  [
    'express-session',
    async (client) => {
      const store = new ExpressStore({ client, ...SOON })
      const routes = { '/login': ({ session }: { session: { user?: string } }) => void (session.user = 'andrew') }
      const site = await express.opener(() => store, age)({}, { ...routes, '/': () => 'served' })
      return { browser: site.browser().browser, store }
    },
  ],
  [
    '@fastify/session',
    async (client) => {
      const store = new FastifyStore({ client, ...SOON })
      const routes = { '/login': ({ session }: { session: { user?: string } }) => void (session.user = 'andrew') }
      const site = await fastify.opener(() => store, age)({}, { ...routes, '/': () => 'served' })
      return { browser: site.browser().browser, store }
    },
  ],
  [
    'koa-session',
    async (client) => {
      const store = new KoaStore({ client, ...SOON })
      const routes = { '/login': ({ session }: { session: { user?: string } }) => void (session.user = 'andrew') }
      const site = await koa.opener(() => store, age)({}, { ...routes, '/': () => 'served' })
      return { browser: site.browser().browser, store }
    },
  ],
])('%s', async (_, open) => {
  const clients = [createClient({ url: server.url }), new Redis(server.url, { lazyConnect: true })]
  for (const client of clients) {
    client.on('error', () => {})
    await client.connect()
    const { browser, store } = await open(client)
    expect((await browser.get('/login')).status).toBe(200)

    server.process.kill('SIGSTOP')
    expect((await browser.get('/')).status).toBe(500)
    const error = await store.get('the-ticket-of-somebody').catch((failure: Error) => failure)
    expect(error).toMatchObject({ code: 'SOJOURN_TIMEOUT' })
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('the-ticket')
    server.process.kill('SIGCONT')
    expect((await browser.get('/')).status).toBe(200)
    if (client instanceof Redis) client.disconnect()
    else client.destroy()
  }
})

test('@fastify/session: a reload that fails does not empty the session', async () => {
  const client = await createClient({ url: server.url }).connect()
  const store = new FastifyStore({ client, ...SOON })
  const site = await fastify.opener(() => store, age)(
    {},
    {
      '/login': ({ session }) => void (session.user = 'andrew'),
      '/reload': async (request) => {
        server.process.kill('SIGSTOP')
        await request.session.reload().finally(() => server.process.kill('SIGCONT'))
      },
      '/': ({ session }) => session.user ?? 'nobody',
    },
  )
  const visitor = site.browser()
  await visitor.get('/login')
  expect((await visitor.copy().get('/reload')).status).toBe(500)
  expect(await visitor.see('/')).toBe('andrew')
  client.destroy()
})
