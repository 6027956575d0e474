/**
 * What is said of one engine holds for the other: whatever steps come in whatever order, memory and Redis reply the same and
 * hold the same, and steps that go to Redis together do what they do one by one. `FUZZ_SEED` and `FUZZ_RUNS` try others.
 */
import fc from 'fast-check'
import { createClient } from 'redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Seen } from '../../src/engine.ts'
import * as sources from '../../src/redis/scripts.gen.ts'
import { script } from '../../src/redis/scripts.ts'
import { startRedis } from '../support/redis/server.ts'
import { NAMES, run, type Step, sightOf, type Turn } from './alike/steps.ts'
import { comparable, fieldsOf, tens, type World, worldsOn } from './alike/worlds.ts'

const { FUZZ_SEED = '1', FUZZ_RUNS = '300' } = process.env

const redis = await startRedis()
afterAll(() => redis.stop())
const client = await createClient({ url: redis.url }).connect()
afterAll(() => client.destroy())

/** A step whose script Redis does not know comes a second time, after steps that were sent later. */
beforeAll(async () => {
  const texts = Object.values(sources).flatMap((source) => {
    if (typeof source === 'string') return []
    const { single, batch } = script(source)
    return [single.text, batch.text]
  })
  await Promise.all(texts.map((text) => client.scriptLoad(text)))
})

test('memory, Redis, and Redis in batches', { timeout: 60_000 + 40 * Number(FUZZ_RUNS) }, async () => {
  const property = fc.asyncProperty(run, async (turns) => {
    const [memory, ...others] = (await play(turns)) as [unknown, unknown, unknown]
    for (const other of others) expect(other).toEqual(memory)
  })
  await fc.assert(property, { seed: Number(FUZZ_SEED), numRuns: Number(FUZZ_RUNS) })
})

/** What each engine has replied, turn by turn, and what it then held. */
async function play(turns: readonly Turn[]): Promise<unknown[]> {
  const worlds = worldsOn(client).map((world) => ({ world, story: [] as unknown[] }))
  for (const turn of turns) {
    if (typeof turn === 'number') {
      for (const { world } of worlds) await world.pass(turn)
      continue
    }
    for (const { world, story } of worlds) {
      const { handovers } = world
      const sights = await sightsOf(turn, world)
      const now = world.now()
      const capped: string[] = []
      world.engine.onCapped = (name) => capped.push(name)
      const replies = await world.replies(turn, { now, sights, handovers: new Map(handovers) })
      for (const [i, reply] of replies.entries()) {
        const { do: what, name } = turn[i] as Step
        const sealed = reply.status === 'fulfilled' && what === 'seal' ? reply.value : null
        if (typeof sealed === 'string') handovers.set(name, sealed)
      }
      story.push({ replies: replies.map((reply, i) => comparable(reply, turn[i] as Step, now)), capped: capped.sort() })
      story.push(await Promise.all(NAMES.map((name) => holdingOf(world, name))))
    }
  }
  return worlds.map(({ story }) => story)
}

async function sightsOf(steps: readonly Step[], { engine }: World): Promise<Map<Step, Seen>> {
  const sights = new Map<Step, Seen>()
  for (const step of steps) {
    if ('seen' in step && step.seen !== null) sights.set(step, sightOf(step.seen, await engine.inspect(step.name)))
  }
  return sights
}

async function holdingOf({ engine, now }: World, name: string): Promise<unknown> {
  const holding = await engine.inspect(name)
  return holding && { ...fieldsOf(holding.fields, now()), left: tens(holding.remaining) }
}
