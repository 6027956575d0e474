import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../support/redis/server.ts'
import { connect, storeOn } from './bench.ts'

test('a connection whose replies are shifted by one shows nobody the session of another (CVE-2023-28858)', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const client = await connect(redis.url)
  const { store } = storeOn(client, { failFastAfter: null })
  // One that goes by itself, and three times as many as go together.
  const ids = await Promise.all(Array.from({ length: 1 + 48 }, (_, n) => store.createSession({ name: `visitor ${n}` })))
  await Promise.all(ids.map((id) => store.getSession(id)))

  const send = client.sendCommand.bind(client)
  let previous: Promise<unknown> = Promise.resolve(null)
  client.sendCommand = ((...args: Parameters<typeof send>) => {
    const shifted = previous
    previous = send(...args)
    previous.catch(() => {}) // the last one's is nobody's
    return shifted
  }) as typeof send
  const outcomes = await Promise.allSettled(ids.map((id) => store.getSession(id)))

  expect(outcomes[0]).toMatchObject({ status: 'fulfilled', value: null })
  for (const outcome of outcomes.slice(1)) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'SOJOURN_UNAVAILABLE' } })
  }
})
