/** Callbacks: once each, with the error first, and what they throw is not ours to catch. */
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { SojournStore as ExpressStore } from '../../src/compat/express-session.ts'
import { SojournStore as FastifyStore } from '../../src/compat/fastify-session.ts'

type Call = (callback: (error?: unknown, value?: unknown) => void) => unknown

const session = () => ({ cookie: { originalMaxAge: null } })
const express = new ExpressStore({ engine: 'memory' })
const fastify = new FastifyStore({ engine: 'memory' })

const CALLS: [name: string, call: Call, value: unknown][] = [
  ['get', (callback) => express.get('absent', callback), null],
  ['set', (callback) => express.set('id', session(), callback), undefined],
  ['touch', (callback) => express.touch('id', session(), callback), undefined],
  ['all', (callback) => express.all(callback), []],
  ['ids', (callback) => express.ids(callback), []],
  ['length', (callback) => express.length(callback), 0],
  ['clear', (callback) => express.clear(callback), undefined],
  ['destroy', (callback) => express.destroy('id', callback), undefined],
  ["@fastify/session's get", (callback) => fastify.get('absent', callback), null],
  ["@fastify/session's set", (callback) => fastify.set('id', session(), callback), undefined],
  ["@fastify/session's destroy", (callback) => fastify.destroy('id', callback), undefined],
]

const CIRCLE = { ...session(), circle: {} as object }
CIRCLE.circle = CIRCLE

const FAILING: [name: string, call: Call][] = [
  ['set of a malformed ID', (callback) => express.set('not an id', session(), callback)],
  ['set of a circle', (callback) => express.set('id', CIRCLE, callback)],
  ["@fastify/session's set of a malformed ID", (callback) => fastify.set('', session(), callback)],
  ["@fastify/session's set of a circle", (callback) => fastify.set('id', CIRCLE as never, callback)],
]

describe('a callback', () => {
  afterEach(() => express.clear())

  test.each(CALLS)('of %s is called once, later, without an error', async (_, call, value) => {
    const { calls, returned } = await record(call)
    expect(calls).toEqual([[null, value]])
    expect(returned).toBeUndefined()
  })

  test.each(FAILING)('of a failed %s is called once with the error alone', async (_, call) => {
    const { calls } = await record(call)
    expect(calls).toEqual([[expect.objectContaining({ code: 'SOJOURN_INVALID_ARGUMENT' })]])
  })

  test.each(CALLS)('of %s that throws is not called again, and its error is an uncaught exception', async (_, call) => {
    const thrown = new Error('thrown by the callback')
    const caught = uncaughtException()
    const { calls } = await record(call, thrown)
    expect(await caught).toBe(thrown)
    expect(calls.length).toBe(1)
  })
})

describe('without a callback', () => {
  test('a call is a promise', async () => {
    await express.set('id', session())
    expect(await express.get('id')).toEqual(session())
    expect(await express.length()).toBe(1)
    expect(await express.destroy('id')).toBeUndefined()
    expect(await express.get('id')).toBe(null)
    await expect(express.set('not an id', session())).rejects.toThrow('a session ID must be')
  })

  test('a failure that nobody waits for does not end the process', async () => {
    const listeners = process.listeners('unhandledRejection')
    const unhandled: unknown[] = []
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', (reason) => unhandled.push(reason))
    onTestFinished(() => {
      process.removeAllListeners('unhandledRejection')
      for (const listener of listeners) process.on('unhandledRejection', listener)
    })
    void express.set('not an id', session())
    void fastify.set('', session())
    for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate)
    expect(unhandled).toEqual([])
  })
})

/** What a callback gets, until nothing more can come. */
async function record(call: Call, thrown?: Error): Promise<{ calls: unknown[][]; returned: unknown }> {
  const calls: unknown[][] = []
  let isLater = false
  let returned: unknown
  await new Promise<void>((resolve) => {
    returned = call((...values) => {
      expect(isLater).toBe(true)
      calls.push(values)
      setImmediate(resolve)
      if (thrown) throw thrown
    })
    isLater = true
  })
  return { calls, returned }
}

/** The next exception that nobody catches, kept from the test runner. */
function uncaughtException(): Promise<unknown> {
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  return new Promise((resolve) => {
    process.once('uncaughtException', (error) => {
      for (const listener of listeners) process.on('uncaughtException', listener)
      resolve(error)
    })
  })
}
