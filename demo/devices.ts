/** The sessions of the same person, found by the index of their username, and ways to end them. */
import { type NextFunction, type Request, type Response, Router } from 'express'
import { type SessionStore, sessionHandle } from 'sojourn'
import type { Answers } from './answers.ts'
import { deviceName } from './device-name.ts'
import type { Device } from './replies.ts'

const MOST_SHOWN = 20

export function deviceRoutes(answers: Answers, store: SessionStore): Router {
  const router = Router()
  const onlyLoggedIn = (request: Request, response: Response, next: NextFunction) =>
    request.session.isNew ? answers.unauthenticated(request, response) : next()

  router.post('/devices/logout', onlyLoggedIn, async (request, response) => {
    const handle = String(request.body?.handle ?? '')
    if (handle === request.session.handle)
      return answers.send(request, response, 400, { error: 'That is this device.' })
    // By its handle alone anyone could end any session: the criterion says whose it has to be.
    const ended = await store.deleteByHandle(handle, { username: request.session.get('username') ?? '' })
    answers.session(request, response, { ended: ended ? 1 : 0 })
  })

  router.post('/devices/logout-others', onlyLoggedIn, async (request, response) => {
    answers.session(request, response, { ended: await request.session.logoutOthers() })
  })

  router.post('/devices/logout-everywhere', onlyLoggedIn, async (request, response) => {
    answers.send(request, response, 200, { authenticated: false, ended: await request.session.logoutEverywhere() })
  })

  return router
}

/** All devices on which the owner of this session is logged in, this one among them. */
export async function devicesOf(store: SessionStore, username: string, id: string): Promise<Device[]> {
  const devices: Device[] = []
  for await (const session of store.findSessions({ username }, { fields: ['user_agent'], limit: MOST_SHOWN })) {
    devices.push({
      handle: session.handle,
      name: deviceName(session.fields.user_agent),
      current: session.handle === sessionHandle(id),
      created_at: session.createdAt.toISOString(),
      last_accessed_at: session.lastAccessedAt.toISOString(),
      ttl: session.ttl,
    })
  }
  return devices
}
