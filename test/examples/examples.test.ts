/** Each example as it is run: the compiled server in a process of its own, with a browser before it and Redis behind it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { createClient } from 'redis'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { Browser } from '../support/http/browser.ts'
import type { Exchange } from '../support/http/client.ts'
import { onProcessEnd } from '../support/redis/process-end.ts'

const EXAMPLES = ['express', 'fastify', 'koa', 'hono', 'node', 'fetch']

/** A database of their own, which tells what they store. */
const DATABASE = 10
const REDIS_URL = `${inject('redis').url}/${DATABASE}`

const redis = createClient({ url: REDIS_URL })
const running: ChildProcess[] = []

beforeAll(async () => {
  await redis.connect()
})

afterAll(async () => {
  redis.destroy()
  await Promise.all(running.map(end))
})

test.concurrent.for(EXAMPLES)('%s: log in, visit, log out', async (name, { expect }) => {
  const { origin, line } = await start(name)
  expect(line).toMatch(/is ready, with its sessions in Redis at /)
  const visitor = new Browser(origin)
  const me = async () => (await visitor.get('/me')).json()

  expect((await visitor.get('/')).body).toContain('Log in')
  expect(await me()).toEqual({ username: null, views: 0 })
  expect((await post(visitor, '/login', {})).status).toBe(400)
  expect(visitor.cookie('sid')).toBe(undefined)

  expect((await post(visitor, '/visit')).json()).toEqual({ views: 1 })
  const anonymous = visitor.cookie('sid')

  const login = await post(visitor, '/login', { username: 'andrew' })
  expect([login.status, login.json()]).toEqual([200, { username: 'andrew', views: 1 }])
  expect(login.cookies).toEqual([expect.stringMatching(/^sid=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)])
  expect(visitor.cookie('sid')).not.toBe(anonymous)

  const before = visitor.copy()
  expect((await post(visitor, '/visit')).json()).toEqual({ views: 2 })
  expect((await post(visitor, '/visit')).json()).toEqual({ views: 3 })
  expect(await me()).toEqual({ username: 'andrew', views: 3 })

  const elsewhere = { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.example' }
  expect((await visitor.post('/logout', { headers: elsewhere })).status).toBe(403)
  expect(await me()).toEqual({ username: 'andrew', views: 3 })

  expect((await post(visitor, '/logout')).json()).toEqual({ ok: true })
  expect(visitor.cookie('sid')).toBe(undefined)
  expect(await me()).toEqual({ username: null, views: 0 })
  expect((await before.get('/me')).json()).toEqual({ username: null, views: 0 })
})

test('nothing of them is left in Redis', async () => {
  expect(await redis.dbSize()).toBe(0)
})

function post(visitor: Browser, path: string, body: object = {}): Promise<Exchange> {
  return visitor.post(path, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
}

/** Starts an example on a free port, and reads from its first line where it listens. */
async function start(name: string): Promise<{ origin: string; line: string }> {
  const child = spawn(process.execPath, [`build/examples/${name}.js`], {
    env: { ...process.env, PORT: '0', REDIS_URL, NODE_ENV: 'test' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.once('exit', onProcessEnd(`kill -9 ${child.pid}`))
  running.push(child)
  for await (const line of createInterface(child.stdout as Readable)) {
    return { origin: line.split(' ')[0] as string, line }
  }
  throw new Error(`the example of ${name} ended without a word`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}
