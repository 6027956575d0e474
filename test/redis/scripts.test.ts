import { expect, onTestFinished, test } from 'vitest'
import type { SessionData } from '../../src/index.ts'
import { startRedis } from '../support/redis/server.ts'
import { connect, storeOn } from './bench.ts'

test('scripts that vanish all the time fail no call and apply each once', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const client = await connect(redis.url)
  const flusher = await connect(redis.url)
  const { store } = storeOn(client)
  let running = true
  const flushing = (async () => {
    while (running) await flusher.sendCommand(['SCRIPT', 'FLUSH'])
  })()

  const id = await store.createSession({ n: '0' })
  for (let round = 0; round < 50; round++) {
    await Promise.all([
      store.incrementField(id, 'n'),
      store.updateSession(id, { [`f${round}`]: '1' }),
      store.getSession(id),
      store.incrementField(id, 'n'),
    ])
  }
  running = false
  await flushing

  const session = (await store.getSession(id)) as SessionData
  expect(session.n).toBe('100')
  expect(Object.keys(session).filter((field) => field.startsWith('f'))).toHaveLength(50)
})
