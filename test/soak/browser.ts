/** Asks whichever app it meets, keeps cookies, and measures how long an answer takes. */
import { CookieJar } from '../support/http/cookie-jar.ts'
import type { App } from './apps.ts'
import type { View } from './known.ts'
import type { Random } from './random.ts'
import { stalled } from './stalls.ts'
import type { Tally } from './tally.ts'

/**
 * What the app shows; `refused` when nothing was changed, by the store's own account (docs/when-redis-is-down.md); `unknown` when
 * nobody knows what came of it.
 */
export type Answer = View | 'refused' | 'unknown'

export interface BrowserOptions {
  readonly apps: readonly App[]
  readonly random: Random
  readonly tally: Tally
}

/** Commands of a route at most, each with half a second; whatever happens, a request has ended by then. */
const COMMANDS: Record<string, number> = { '/login': 12, '/rotate': 12, '/logout': 4, '/logout-everywhere': 40 }
const COMMAND_MS = 500
const SLACK_MS = 1500

/** A request goes back and forth between processes; when this one has to wait for its turn, each of them has to. */
const WAITS = 4
const STORY = 12

export class Browser {
  readonly jar = new CookieJar()
  readonly #options: BrowserOptions
  #story: string[] = []

  constructor(options: BrowserOptions) {
    this.#options = options
  }

  /** What was last asked, and what came of it, for whoever looks for the cause of a verdict. */
  get story(): string {
    return this.#story.join('\n')
  }

  async ask(method: string, path: string, jar: CookieJar = this.jar): Promise<Answer> {
    const { apps, random, tally } = this.#options
    const app = apps[Math.floor(random() * apps.length)] as App
    const url = new URL(path, app.origin)
    tally.requests += 1
    const begun = performance.now()
    const stalledBefore = stalled()
    let outcome = ''
    try {
      const headers = { cookie: jar.header(url) ?? '', origin: app.origin }
      const response = await fetch(url, { method, headers, signal: AbortSignal.timeout(60_000) })
      const body = (await response.json()) as View & { error?: string }
      jar.take(url, response.headers.getSetCookie())
      outcome = response.ok ? JSON.stringify(body) : `${response.status} ${body.error}`
      if (response.ok) return body
      tally.error(outcome)
      return body.error === 'SOJOURN_UNKNOWN_OUTCOME' ? 'unknown' : 'refused'
    } catch (error) {
      const { cause, name } = error as Error & { cause?: { code?: string } }
      outcome = cause?.code ?? name
      tally.error(outcome)
      return outcome === 'ECONNREFUSED' ? 'refused' : 'unknown'
    } finally {
      const limit = (COMMANDS[url.pathname] ?? 3) * COMMAND_MS + SLACK_MS + WAITS * (stalled() - stalledBefore)
      const took = performance.now() - begun
      const asked = `${seconds(begun)} to ${seconds(begun + took)} s, app ${apps.indexOf(app)}: ${method} ${path}, ${outcome}`
      this.#story = [...this.#story.slice(1 - STORY), asked]
      if (took > limit) {
        tally.late += 1
        tally.detail(`${path} took ${Math.round(took)} ms`)
      }
    }
  }
}

/** Since the soak began. */
function seconds(time: number): string {
  return (time / 1000).toFixed(3)
}
