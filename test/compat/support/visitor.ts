/** Someone who visits a site, and looks at the session's cookie. */
import { Browser } from '../../support/http/browser.ts'

export interface Answer {
  readonly status: number
  readonly body: unknown
  /** The session's Set-Cookie header; `null` when there is none. */
  readonly cookie: string | null
}

type Headers = Readonly<Record<string, string>>

export class Visitor {
  readonly browser: Browser
  readonly #cookieName: string

  constructor(browser: Browser, cookieName: string) {
    this.browser = browser
    this.#cookieName = cookieName
  }

  async get(path: string, headers: Headers = {}): Promise<Answer> {
    const { status, cookies, body } = await this.browser.get(path, { headers })
    const cookie = cookies.find((each) => each.startsWith(`${this.#cookieName}=`)) ?? null
    return { status, body: JSON.parse(body), cookie }
  }

  /** The body alone. */
  async see(path: string, headers: Headers = {}): Promise<unknown> {
    return (await this.get(path, headers)).body
  }

  /** Someone with the same cookies as now. */
  copy(): Visitor {
    return new Visitor(this.browser.copy(), this.#cookieName)
  }
}
