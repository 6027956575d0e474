// An app server: a store on the built package, whose methods are called by messages.
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { RedisSessionStore } from 'sojourn'

const [name, url, options] = process.argv.slice(2)
const client = name === 'ioredis' ? new Redis(url) : await createClient({ url }).connect()
const store = new RedisSessionStore({ client, commandTimeout: 15_000, ...JSON.parse(options) })

process.on('message', async ({ method, args }) => {
  const value = method === 'clock' ? Date.now() : await store[method](...args)
  process.send({ value })
})
process.send({ value: 'ready' })
