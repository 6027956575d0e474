/** The application: an Express server with sessions. */
import { fileURLToPath } from 'node:url'
import express, { type Express } from 'express'
import { sessions } from 'sojourn/express'
import { Answers } from './answers.ts'
import type { CommandLog } from './command-log.ts'
import { deviceRoutes } from './devices.ts'
import type { Engine } from './engine.ts'
import { securityHeaders } from './headers.ts'
import { inspectionRoute } from './inspection.ts'
import type { Options } from './options.ts'
import { sessionRoutes } from './routes.ts'
import { COOKIE } from './ticket.ts'

/** The page's style and icon as they were written, and its script as it was compiled. */
const ASSETS = ['../../demo/public/', './public/'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)))

export function createApp(engine: Engine, log: CommandLog, options: Options): Express {
  const app = express()
  const answers = new Answers(engine, log, options)
  app.disable('x-powered-by')
  app.use(securityHeaders)
  for (const folder of ASSETS) app.use('/public', express.static(folder, { index: false, cacheControl: false }))
  app.use(log.middleware)
  app.use(express.urlencoded({ extended: false }))
  app.use(
    sessions({
      store: engine.store,
      // Without TLS a browser would keep a Secure cookie to itself. An application leaves `secure` alone.
      cookie: { name: COOKIE, secure: false },
      // For "your devices": whose a session is, and what a person knows the device by.
      person: 'username',
      remember: { userAgent: true },
      // Looking at a session must not extend it.
      skip: ({ path }) => path === '/inspect',
    }),
  )
  app.use(inspectionRoute(engine))
  app.use(sessionRoutes(answers, engine.store))
  app.use(deviceRoutes(answers, engine.store))
  app.use((request, response) => answers.send(request, response, 404, { error: 'Not found' }))
  app.use(answers.failure)
  return app
}
