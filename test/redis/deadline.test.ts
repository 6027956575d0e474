import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { Breaker } from '../../src/redis/breaker.ts'
import { Deadlines } from '../../src/redis/deadline.ts'
import { startRedis } from '../support/redis/server.ts'
import { connect, storeOn } from './bench.ts'

for (const client of ['node-redis', 'ioredis'] as const) {
  test(`a server that hangs is a typed error at the deadline, and late replies reach nobody (${client})`, async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const connection = client === 'ioredis' ? new Redis(redis.url) : await connect(redis.url)
    if (connection instanceof Redis) onTestFinished(() => connection.disconnect())
    const { store, prefix } = storeOn(connection, { commandTimeout: 100 })
    const patient = storeOn(connection, { prefix }).store
    const ids = await Promise.all(Array.from({ length: 5 }, (_, i) => patient.createSession({ i: String(i) })))

    redis.process.kill('SIGSTOP')
    const started = performance.now()
    const late = await Promise.allSettled(ids.map((id) => store.getSession(id)))
    const elapsed = performance.now() - started
    redis.process.kill('SIGCONT')

    for (const outcome of late) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { name: 'CommandTimeoutError', code: 'SOJOURN_TIMEOUT' },
      })
    }
    expect(elapsed).toBeGreaterThanOrEqual(100)
    expect(elapsed).toBeLessThan(5000)
    const sessions = await Promise.all(ids.map((id) => patient.getSession(id)))
    expect(sessions.map((session) => session?.i)).toEqual(['0', '1', '2', '3', '4'])
  })
}

for (const name of ['node-redis', 'ioredis'] as const) {
  test(`a command that waits for a connection past its deadline is never sent (${name})`, async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const client = name === 'ioredis' ? new Redis(redis.url) : await connect(redis.url)
    client.on('error', () => {})
    if (client instanceof Redis) onTestFinished(() => client.disconnect())
    const { store: used } = storeOn(client, { commandTimeout: 100 })
    const { store: unused } = storeOn(client, { commandTimeout: 100 })
    expect(await used.createSession()).toBeTypeOf('string')

    const cut = new Promise((resolve) => (client as Redis).once('reconnecting', resolve))
    await redis.kill()
    await cut
    const late = await Promise.allSettled([used.createSession(), unused.createSession()])
    for (const outcome of late) expect(outcome).toMatchObject({ reason: { code: 'SOJOURN_TIMEOUT' } })
    await redis.restart({ empty: true })

    const size = () => (client instanceof Redis ? client.dbsize() : client.dbSize())
    for (const _turn of ['for what was queued', 'for what that may have caused']) expect(await size()).toBe(0)
  })
}

const noBreaker = () => new Breaker({ failures: Number.POSITIVE_INFINITY, patience: 20 })

test('a deadline keeps no process alive and no call beyond it', async () => {
  const deadlines = new Deadlines(20, noBreaker(), () => {})
  expect(await deadlines.guard(() => Promise.resolve('in time'))).toBe('in time')
  await expect(deadlines.guard(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  const never = Promise.all([
    deadlines.guard(() => new Promise(() => {})).catch((error) => error.code),
    new Promise((resolve) => setTimeout(resolve, 60)),
  ])
  expect((await never)[0]).toBe('SOJOURN_TIMEOUT')
})

test('a deadline that passes withdraws the command, once', async () => {
  const deadlines = new Deadlines(20, noBreaker(), () => {})
  let withdrawn = 0
  const code = await deadlines
    .guard((withdrawal) => {
      withdrawal.addEventListener('abort', () => {
        withdrawn += 1
      })
      return new Promise(() => {})
    })
    .catch((error) => error.code)
  expect([code, withdrawn]).toEqual(['SOJOURN_TIMEOUT', 1])
})
