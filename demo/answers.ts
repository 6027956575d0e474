/** How the demo answers: JSON to scripts and plain clients, a page to a browser that came without script. */
import type { ErrorRequestHandler, Request, Response } from 'express'
import {
  IntegerOverflowError,
  NotAnIntegerError,
  type Session,
  SessionUnavailableError,
  StoreUnavailableError,
} from 'sojourn'
import type { CommandLog } from './command-log.ts'
import type { Engine } from './engine.ts'
import type { Options } from './options.ts'
import { renderPage } from './page.ts'
import type { Reply } from './replies.ts'
import { hasTicket } from './ticket.ts'

const NO_SESSION = 'No active session'
const EXPIRED = 'Session expired'

type Content = Omit<Reply, 'commands'>

export class Answers {
  readonly #engine: Engine
  readonly #log: CommandLog
  readonly #options: Options

  constructor(engine: Engine, log: CommandLog, options: Options) {
    this.#engine = engine
    this.#log = log
    this.#options = options
  }

  /** The session's fields as the guides send them, and `extra`. */
  session(request: Request, response: Response, extra: Content = {}): void {
    this.send(request, response, 200, { ...this.#describe(request.session), ...extra })
  }

  /** Nobody is logged in, and a cookie that says otherwise is taken back, as in the guides. */
  async unauthenticated(request: Request, response: Response): Promise<void> {
    await request.session.destroy()
    this.send(request, response, 401, { error: hasTicket(request) ? EXPIRED : NO_SESSION })
  }

  send(request: Request, response: Response, status: number, content: Content): void {
    response.status(status).vary('Accept')
    if (request.accepts(['json', 'html']) === 'json') {
      response.json({ ...content, commands: this.#log.steps } satisfies Reply)
    } else if (request.method === 'POST' && status < 400) {
      response.redirect(303, '/')
    } else {
      this.page(request, response, content.error)
    }
  }

  page(request: Request, response: Response, error?: string): void {
    const session = response.statusCode === 503 ? null : this.#describe(request.session)
    response.type('html').send(renderPage({ engine: this.#engine, options: this.#options, session, error }))
  }

  /** What went wrong on the way, the session's 503 and 403 among it. */
  readonly failure: ErrorRequestHandler = async (error, request, response, next) => {
    if (response.headersSent) return next(error)
    await forgetUnsaved(request)
    const { status, headers, message } = this.#explain(error)
    if (status === 500) console.error(error)
    response.set(headers)
    this.send(request, response, status, { error: message })
  }

  #explain(error: unknown) {
    const { status = 500, headers = {}, expose = false, message = '' } = error as Partial<SessionUnavailableError>
    if (error instanceof SessionUnavailableError || error instanceof StoreUnavailableError) {
      const name = this.#engine.kind === 'redis' ? 'Redis' : 'The store'
      return { status: 503, headers, message: `${name} is not answering` }
    }
    // Somebody wrote into the session by other means, such as a text into the counter.
    if (error instanceof NotAnIntegerError || error instanceof IntegerOverflowError)
      return { status: 409, headers, message }
    return { status, headers, message: expose ? message : 'Internal Server Error' }
  }

  #describe(session: Session): Content {
    if (session.handle === null) return { authenticated: false, session: null }
    const { handle, ttl: configured } = session
    const createdAt = session.createdAt ?? new Date() // this request began it
    const { absoluteTtl } = this.#options
    const left = absoluteTtl === null ? configured : (createdAt.getTime() - Date.now()) / 1000 + absoluteTtl
    const ttl = Math.min(configured, Math.ceil(left)) // this request refreshed it
    return {
      authenticated: true,
      session: {
        ...Object.fromEntries(session.entries()),
        session_ttl: String(configured),
        created_at: timestamp(createdAt),
        last_accessed_at: timestamp(session.lastAccessedAt ?? createdAt),
        ttl: String(ttl),
      },
      handle,
      configured_ttl: configured,
      ttl,
    }
  }
}

/** A session that could not be made is not tried again with the answer that says so. */
async function forgetUnsaved({ session }: Partial<Request>): Promise<void> {
  try {
    if (session?.isNew) await session.destroy()
  } catch {} // it could not even be read
}

/** UTC, whole seconds, offset `+00:00`, as the guides write it. */
function timestamp(time: Date): string {
  return `${time.toISOString().slice(0, 19)}+00:00`
}
