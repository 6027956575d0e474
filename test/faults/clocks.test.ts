/** Scenario 11: app servers whose clocks are ten minutes apart decide alike, for lifetimes follow Redis's clock. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createClient } from 'redis'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../support/redis/server.ts'
import { CLIENTS, type ClientName } from './support/clients.ts'

const TEN_MINUTES = 600_000
const SHIFTS = [-TEN_MINUTES, 0, TEN_MINUTES]
const PREFIX = 'clocks:'

type Call = (method: string, ...args: unknown[]) => Promise<unknown>

async function startApp(name: ClientName, url: string, shift: number, options: object): Promise<Call> {
  const clock = new URL('clocks/shifted-clock.mjs', import.meta.url)
  const app = fork(new URL('clocks/app.mjs', import.meta.url), [name, url, JSON.stringify(options)], {
    execArgv: ['--import', clock.href],
    env: { ...process.env, CLOCK_SHIFT: String(shift) },
  })
  onTestFinished(() => void app.kill())
  await once(app, 'message')
  return async (method, ...args) => {
    const answer = once(app, 'message')
    app.send({ method, args })
    return ((await answer)[0] as { value: unknown }).value
  }
}

async function site(name: ClientName, options: object) {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const apps = await Promise.all(
    SHIFTS.map((shift) => startApp(name, redis.url, shift, { prefix: PREFIX, ...options })),
  )
  const client = await createClient({ url: redis.url }).connect()
  onTestFinished(() => client.destroy())
  return {
    apps: apps as [Call, Call, Call],
    client,
    all: (method: string, ...args: unknown[]) => Promise.all(apps.map((app) => app(method, ...args))),
  }
}

const isNow = (timestamp: string) => expect(Math.abs(Date.parse(timestamp) - Date.now())).toBeLessThan(60_000)

test.each(CLIENTS)('the clocks are wrong, and nothing else is (%s)', async (name) => {
  const { apps, client, all } = await site(name, { ttl: 100, absoluteTtl: 300 })
  const clocks = (await all('clock')) as number[]
  expect((clocks[2] as number) - (clocks[0] as number)).toBeGreaterThan(2 * TEN_MINUTES - 10_000)

  for (const app of apps) {
    const id = (await app('createSession', { n: '0' })) as string
    for (const record of (await all('readSession', id)) as { data: Record<string, string>; deadline: number }[]) {
      isNow(record.data['created_at'] as string)
      isNow(record.data['last_accessed_at'] as string)
      expect(Math.abs(record.deadline - Date.now() - 300_000)).toBeLessThan(60_000)
    }
    expect(await client.ttl(PREFIX + id)).toBeGreaterThan(90)
    for (const other of apps) await other('incrementField', id, 'n')
    const next = (await apps[2]('rotateSession', id, { authenticated: true })) as string
    for (const record of (await all('readSession', next)) as { data: { n: string }; authenticatedAt: string }[]) {
      expect(record.data.n).toBe('3')
      isNow(record.authenticatedAt)
    }
    expect(await client.ttl(PREFIX + next)).toBeLessThanOrEqual(100)
    // Its deadline is a second ago, by Redis.
    await client.hSet(PREFIX + next, 'sojourn:deadline', String(Date.now() - 1000))
    expect(await all('getSession', next)).toEqual([null, null, null])
  }
})

test.each(CLIENTS)('with a touch interval and indexes they agree, too (%s)', async (name) => {
  const { apps, client, all } = await site(name, { ttl: 100, touchInterval: 30, indexes: { user_id: true } })
  const ids: string[] = []
  for (const app of apps) ids.push((await app('createSession', { user_id: '42' })) as string)
  expect(await all('countSessions', { user_id: '42' })).toEqual([3, 3, 3])

  for (const [i, app] of apps.entries()) {
    const key = PREFIX + ids[i]
    await app('getSession', ids[i]) // from now on it knows Redis's clock
    await client.expire(key, 60)
    await app('getSession', ids[i])
    expect(await client.ttl(key)).toBeLessThanOrEqual(60) // touched a moment ago: left alone
    const minuteAgo = `${new Date(Date.now() - 40_000).toISOString().slice(0, 19)}+00:00`
    await client.hSet(key, 'last_accessed_at', minuteAgo)
    await app('getSession', ids[i])
    expect(await client.ttl(key)).toBeGreaterThan(60)
  }
  const epoch = await apps[0]('loginEpoch', { user_id: '42' })
  expect(await apps[2]('deleteSessions', { user_id: '42' })).toBe(3)
  expect(await all('countSessions', { user_id: '42' })).toEqual([0, 0, 0])
  expect(epoch).toMatchObject({ index: 'user_id' })
})
