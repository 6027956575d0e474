/** A browser on one site: it keeps cookies and says where its requests come from. */
import type { IncomingMessage } from 'node:http'
import { begin, type Call, type Exchange, exchange } from './client.ts'
import { CookieJar } from './cookie-jar.ts'

export class Browser {
  readonly origin: string
  readonly jar: CookieJar

  constructor(origin: string, jar: CookieJar = new CookieJar()) {
    this.origin = origin
    this.jar = jar
  }

  /** Another window with the cookies of this moment. */
  copy(): Browser {
    return new Browser(this.origin, this.jar.copy())
  }

  get(path: string, call: Call = {}): Promise<Exchange> {
    return this.send('GET', path, call)
  }

  post(path: string, call: Call = {}): Promise<Exchange> {
    return this.send('POST', path, call)
  }

  async send(method: string, path: string, call: Call = {}): Promise<Exchange> {
    const url = new URL(path, this.origin)
    const answer = await exchange(url, this.#call(method, url, call))
    this.jar.take(url, answer.cookies)
    return answer
  }

  /** A request whose response is read by the caller. */
  async begin(method: string, path: string, call: Call = {}): Promise<IncomingMessage> {
    const url = new URL(path, this.origin)
    const response = await begin(url, this.#call(method, url, call))
    this.jar.take(url, response.headers['set-cookie'] ?? [])
    return response
  }

  /** The value of a cookie. */
  cookie(name: string, path = '/'): string | undefined {
    return this.jar.get(new URL(path, this.origin), name)
  }

  /** Has the browser hold a cookie of somebody's choice. */
  plant(cookie: string, path = '/'): void {
    this.jar.take(new URL(path, this.origin), [cookie])
  }

  #call(method: string, url: URL, call: Call): Call {
    const unsafe = method !== 'GET' && method !== 'HEAD'
    const headers = {
      cookie: this.jar.header(url),
      'sec-fetch-site': 'same-origin',
      'user-agent': 'Mozilla/5.0 (test)',
      origin: unsafe ? this.origin : undefined,
      ...call.headers,
    }
    return { ...call, method, headers }
  }
}
