/** Each store fits its middleware's own type, without a cast; and its options and replies have types of their own. */
import type { FastifySessionOptions } from '@fastify/session'
import session, { type SessionData, type Store } from 'express-session'
import { Redis } from 'ioredis'
import Koa from 'koa'
import koaSession, { type CreateSessionOptions } from 'koa-session'
import { createClient, createCluster } from 'redis'
import { expect, expectTypeOf, test } from 'vitest'
import * as express from '../../src/compat/express-session.ts'
import * as fastify from '../../src/compat/fastify-session.ts'
import * as koa from '../../src/compat/koa-session.ts'

const options = { engine: 'memory' } as const

test('express-session takes ours for a Store', () => {
  const store: Store = new express.SojournStore(options)
  expect(session({ store, secret: 'secret', resave: false, saveUninitialized: false })).toBeTypeOf('function')
  expectTypeOf(new express.SojournStore(options).get('id')).resolves.toEqualTypeOf<SessionData | null>()
  expectTypeOf(new express.SojournStore(options).get('id', () => {})).toEqualTypeOf<void>()
  expectTypeOf(new express.SojournStore(options).length()).resolves.toEqualTypeOf<number>()
})

test('@fastify/session takes ours for a SessionStore', () => {
  const store: NonNullable<FastifySessionOptions['store']> = new fastify.SojournStore(options)
  expectTypeOf({ secret: 'secret', store }).toExtend<FastifySessionOptions>()
  expect(store.get).toBeTypeOf('function')
})

test('koa-session takes ours for a store', () => {
  const store: NonNullable<CreateSessionOptions['store']> = new koa.SojournStore(options)
  expect(koaSession({ store }, new Koa())).toBeTypeOf('function')
})

test('the clients go in as they are', () => {
  const clients = [createClient(), createCluster({ rootNodes: [] }), new Redis({ lazyConnect: true })]
  for (const client of clients) {
    expect(new express.SojournStore({ client })).toBeInstanceOf(session.Store)
    expectTypeOf({ client, prefix: 'x:', migrateFrom: { prefix: 'sess:' } }).toExtend<express.RedisOptions>()
  }
})

test('options that do not belong together are wrong', () => {
  // @ts-expect-error: memory has no prefix
  expect(() => new express.SojournStore({ engine: 'memory', prefix: 'x:' })).toThrow('unknown option')
  // @ts-expect-error: there is no such option
  expect(() => new koa.SojournStore({ client: createClient(), absoluteTtl: 1 })).toThrow('unknown option')
  // @ts-expect-error: something has to keep the sessions
  expect(() => new fastify.SojournStore({})).toThrow('client must come from')
})

test('mintSessionId fits where a middleware asks for IDs', () => {
  const { mintSessionId } = express
  expect(session({ secret: 'secret', resave: false, saveUninitialized: false, genid: mintSessionId })).toBeTypeOf(
    'function',
  )
  expectTypeOf({ secret: 'secret', idGenerator: fastify.mintSessionId }).toExtend<FastifySessionOptions>()
  expectTypeOf({ genid: koa.mintSessionId }).toExtend<CreateSessionOptions>()
  expect(mintSessionId()).toMatch(/^[\w-]{43}$/)
})
