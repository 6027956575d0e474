/** What Redis holds for the ticket in the cookie: read from the store by ID, without refreshing the session. */
import { type Request, Router } from 'express'
import { type SessionRecord, StoreUnavailableError, sessionHandle } from 'sojourn'
import { devicesOf } from './devices.ts'
import type { Engine } from './engine.ts'
import { fieldsOf } from './fields.ts'
import type { Inspection, StoredSession } from './replies.ts'
import { shorten, ticketOf } from './ticket.ts'

/** An ID that nobody was given: asking for it tells whether the store answers. */
const NOBODY = 'A'.repeat(43)

export function inspectionRoute(engine: Engine): Router {
  const router = Router()
  router.get('/inspect', async (request, response) => {
    response.json(await inspect(engine, request))
  })
  return router
}

async function inspect(engine: Engine, request: Request): Promise<Inspection> {
  const id = ticketOf(request)
  const ticket = id && shorten(id)
  try {
    const [record, ttl] = await Promise.all([
      engine.store.readSession(id ?? NOBODY, { refresh: false }),
      engine.store.getTtl(id ?? NOBODY),
    ])
    if (id === null || record === null || ttl === null) return { available: true, ticket, stored: null, devices: [] }
    const devices = await devicesOf(engine.store, record.data.username ?? '', id)
    return { available: true, ticket, stored: describe(engine, id, record, ttl), devices }
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error
    return { available: false, ticket, stored: null, devices: [] }
  }
}

function describe({ hashIds, cli }: Engine, id: string, record: SessionRecord, ttl: number): StoredSession {
  const handle = sessionHandle(id)
  return {
    key: `session:${shorten(hashIds ? handle : id)}`,
    handle,
    fields: fieldsOf(record.data),
    configured_ttl: record.ttl,
    ttl,
    absolute: record.deadline === null ? null : absoluteLifetime(record, record.deadline),
    cli: cli === null ? [] : cliLines(cli, hashIds ? handle : null, id),
  }
}

function absoluteLifetime({ data }: SessionRecord, deadline: number) {
  const ttl = Math.floor((deadline - Date.parse(data.created_at ?? '')) / 1000)
  return { ttl, left: Math.max(0, Math.ceil((deadline - Date.now()) / 1000)) }
}

/** Without hashed IDs the key holds the ticket, so redis-cli finds it by its first characters. */
function cliLines(cli: string, handle: string | null, id: string): string[] {
  const pattern = `session:${shorten(id).slice(0, -1)}*`
  const key = handle === null ? `"$(${cli} --scan --pattern '${pattern}')"` : `session:${handle}`
  return [`${cli} HGETALL ${key}`, `${cli} TTL ${key}`]
}
