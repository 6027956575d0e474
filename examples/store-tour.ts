/** A walk through the store: each call, and what its key holds afterwards. */
import { createClient } from 'redis'
import { MemorySessionStore, RedisSessionStore, type SessionStore } from 'sojourn'

const PREFIX = 'session:'

interface Place {
  readonly name: string
  readonly store: SessionStore
  /** What is shown of a session: where it lies, its fields and the seconds it has left; `null` when there is nothing. */
  readonly inspect: (id: string) => Promise<{ fields: [string, string][]; ttl: number } | null>
  readonly label: (id: string) => string
  readonly leave: () => void
}

const { name, store, inspect, label, leave } = (await onRedis('redis://localhost:6379')) ?? inMemory()
console.log(`The sessions of this tour are kept ${name}.`)

const id = await store.createSession({ username: 'andrew', page_views: '1' }, { ttl: 600, absoluteTtl: 3600 })
await show("createSession({ username: 'andrew', page_views: '1' }, { ttl: 600, absoluteTtl: 3600 })", ticket(id), id)

const session = await store.getSession(id)
await show('getSession(id)', `username ${session?.username}, created at ${session?.created_at}`, id)

await show("incrementField(id, 'page_views')", await store.incrementField(id, 'page_views'), id)

await show("updateSession(id, { theme: 'dark' })", await store.updateSession(id, { theme: 'dark' }), id)

const next = (await store.rotateSession(id, { grace: 30 })) as string
await show('rotateSession(id, { grace: 30 })', ticket(next), id, next)
await show("incrementField(id, 'page_views'), by the old ID", await store.incrementField(id, 'page_views'), next)

await show('deleteSession(next)', await store.deleteSession(next), next)
await show("incrementField(next, 'page_views')", await store.incrementField(next, 'page_views'), next)

leave()

async function show(call: string, result: unknown, ...ids: string[]): Promise<void> {
  console.log(`\n> ${call}\n  ${result}\n`)
  for (const each of ids) {
    const found = await inspect(each)
    console.log(`    ${label(each)}  ${found === null ? '(nothing there)' : `TTL ${found.ttl}`}`)
    for (const [field, value] of found?.fields ?? []) console.log(`      ${field.padEnd(18)} ${value}`)
  }
}

/** An ID is a ticket: no more of it than tells two apart belongs on a screen. */
function ticket(sessionId: string): string {
  return `${sessionId.slice(0, 6)}…`
}

async function onRedis(url: string): Promise<Place | null> {
  const client = createClient({ url, socket: { connectTimeout: 1000, reconnectStrategy: false } })
  client.on('error', () => {}) // connect() says the same
  try {
    await client.connect()
  } catch {
    return null
  }
  return {
    name: `in Redis at ${url}`,
    store: new RedisSessionStore({ client, prefix: PREFIX }),
    async inspect(sessionId) {
      const fields = Object.entries(await client.hGetAll(PREFIX + sessionId))
      return fields.length === 0 ? null : { fields, ttl: await client.ttl(PREFIX + sessionId) }
    },
    label: (sessionId) => `HGETALL ${PREFIX}${ticket(sessionId)}`,
    leave: () => client.destroy(),
  }
}

function inMemory(): Place {
  const memory = new MemorySessionStore()
  return {
    name: 'in the memory of this process, as no Redis answers at localhost:6379',
    store: memory,
    async inspect(sessionId) {
      const fields = await memory.getSession(sessionId, false)
      return fields && { fields: Object.entries(fields), ttl: (await memory.getTtl(sessionId)) ?? 0 }
    },
    label: (sessionId) => `by the ID ${ticket(sessionId)}`,
    leave: () => {},
  }
}
