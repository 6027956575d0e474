/** Scenario 12: writes at the moment of expiry. */
import { createClient } from 'redis'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../support/redis/server.ts'
import { CLIENTS, connectOne } from './support/clients.ts'
import { PREFIX, storesOn } from './support/promises.ts'

const ROUNDS = 60
const LIVES_MS = 4

test.each(CLIENTS)('never bring the session back (%s)', async (name) => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const observer = await createClient({ url: redis.url }).connect()
  onTestFinished(() => observer.destroy())
  const { patient: store } = storesOn(await connectOne(name, redis.url))
  let [inTime, late] = [0, 0]

  for (let round = 0; round < ROUNDS; round++) {
    const id = await store.createSession({ n: '0' })
    const writes = [
      () => store.incrementField(id, 'n'),
      () => store.updateSession(id, { a: '1' }),
      () => store.touchSession(id),
      () => store.setSessionTtl(id, 60),
      () => store.deleteFields(id, ['a']),
    ]
    const end = Date.now() + LIVES_MS
    await observer.pExpireAt(PREFIX + id, end)
    const outcomes: Promise<unknown>[] = []
    while (Date.now() < end + 2) {
      if (Date.now() >= end - 1) outcomes.push(...writes.map((write) => write()))
      await new Promise(setImmediate)
    }
    const wasAbsent = (await Promise.all(outcomes)).map((outcome) => outcome === null || outcome === false)
    if (wasAbsent.includes(true)) {
      late += 1
      expect(wasAbsent.slice(wasAbsent.indexOf(true))).not.toContain(false)
      expect(await observer.exists(PREFIX + id)).toBe(0)
    } else {
      inTime += 1 // a write came before the end and gave the session its TTL anew
      await store.deleteSession(id)
    }
  }
  expect(late).toBeGreaterThan(0)
  expect(inTime + late).toBe(ROUNDS)
  expect(await observer.dbSize()).toBe(0)
})
