/** The life of a session: the paths of Redis's session guides, and three that show what the guides cannot. */
import { setTimeout } from 'node:timers/promises'
import { type Request, type Response, Router } from 'express'
import { MAX_TTL, type SessionStore } from 'sojourn'
import type { Answers } from './answers.ts'
import { ticketOf } from './ticket.ts'

const LONGEST_USERNAME = 40
const BAD_TTL = 'TTL must be a whole number greater than 0.'

export function sessionRoutes(answers: Answers, store: SessionStore): Router {
  const router = Router()

  router.get(['/', '/index.html'], (request, response) => answers.page(request, response))

  router.get('/session', async (request, response) => {
    if (request.session.isNew) await request.session.destroy() // takes back a cookie that opens nothing
    answers.session(request, response)
  })

  router.post('/login', async (request, response) => {
    const { session } = request
    const ttl = formField(request, 'ttl')
    if (ttl !== '' && !isTtl(ttl)) return answers.send(request, response, 400, { error: BAD_TTL })
    const username = [...formField(request, 'username')].slice(0, LONGEST_USERNAME).join('') || 'Guest'
    // What the browser had before ends here. A rotation would keep it under a new ID, as most logins should; of a session
    // that is gone it keeps nothing.
    if (!session.isNew) await store.deleteSession(ticketOf(request) ?? '')
    await session.rotate({ authenticated: true, data: { username, page_views: '1' } })
    if (ttl !== '') session.setTtl(Number(ttl))
    await session.save()
    answers.session(request, response)
  })

  router.post('/increment', async (request, response) => {
    if (request.session.isNew) return answers.unauthenticated(request, response)
    const pageViews = await request.session.increment('page_views')
    if (pageViews === null) return answers.unauthenticated(request, response)
    answers.session(request, response, { page_views: pageViews })
  })

  router.post('/ttl', async (request, response) => {
    const { session } = request
    if (session.isNew) return answers.unauthenticated(request, response)
    const ttl = formField(request, 'ttl')
    if (!isTtl(ttl)) return answers.send(request, response, 400, { error: BAD_TTL })
    session.setTtl(Number(ttl))
    await session.save()
    if (session.handle === null) return answers.unauthenticated(request, response)
    answers.session(request, response)
  })

  router.post('/rotate', async (request, response) => {
    const { session } = request
    if (session.isNew) return answers.unauthenticated(request, response)
    const previous = session.handle ?? ''
    await session.rotate()
    if (session.handle === null) return answers.unauthenticated(request, response)
    answers.session(request, response, { previous_handle: previous })
  })

  router.post('/work', slowWork(answers))

  router.post('/logout', async (request, response) => {
    await request.session.destroy()
    answers.send(request, response, 200, { authenticated: false })
  })

  return router
}

const WORK_FIELDS = /^(race_\d|slow_write)$/
const LONGEST_WORK_MS = 5000

/**
 * A request that reads its session, works for `ms` milliseconds, and then writes. What others do meanwhile is the point:
 * a session that ended meanwhile takes nothing, and `stored` says so.
 */
function slowWork(answers: Answers) {
  return async (request: Request, response: Response): Promise<void> => {
    const { session } = request
    if (session.isNew) return answers.session(request, response, { stored: false })
    const [field, ms] = [formField(request, 'field'), Number(formField(request, 'ms'))]
    if (!WORK_FIELDS.test(field) || !(ms >= 0 && ms <= LONGEST_WORK_MS)) {
      return answers.send(request, response, 400, { error: 'Such work is not done here.' })
    }
    await setTimeout(ms)
    session.set(field, formField(request, 'value'))
    await session.save()
    const pageViews = await session.increment('page_views')
    answers.session(request, response, { stored: pageViews !== null })
  }
}

function formField(request: Request, name: string): string {
  const value: unknown = request.body?.[name]
  return typeof value === 'string' ? value.trim() : ''
}

function isTtl(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_TTL
}
