/**
 * A browser's cookies, by the storage model of RFC 6265bis §5.7: what a page is given, what it sends back, and what it
 * forgets. SameSite is left out: tests say themselves where a request comes from.
 */
interface Cookie {
  readonly name: string
  readonly value: string
  readonly domain: string
  readonly hostOnly: boolean
  readonly path: string
  readonly secure: boolean
}

const MAX_PAIR = 4096
const MAX_ATTRIBUTE = 1024

export class CookieJar {
  #cookies: readonly Cookie[]

  constructor(cookies: readonly Cookie[] = []) {
    this.#cookies = cookies
  }

  /** Another browser with the same cookies. */
  copy(): CookieJar {
    return new CookieJar(this.#cookies)
  }

  clear(): void {
    this.#cookies = []
  }

  /** Keeps, replaces or drops cookies as the Set-Cookie headers of a response from `url` say. */
  take(url: URL, setCookies: readonly string[]): void {
    for (const setCookie of setCookies) {
      const parsed = parse(url, setCookie)
      if (parsed === null) continue
      const others = this.#cookies.filter((cookie) => !same(cookie, parsed.cookie))
      this.#cookies = parsed.expired ? others : [...others, parsed.cookie]
    }
  }

  /** The Cookie header of a request to `url`. */
  header(url: URL): string | undefined {
    const sent = this.#sentTo(url).map(({ name, value }) => `${name}=${value}`)
    return sent.length === 0 ? undefined : sent.join('; ')
  }

  /** The value of a cookie that would be sent to `url`. */
  get(url: URL, name: string): string | undefined {
    return this.#sentTo(url).find((cookie) => cookie.name === name)?.value
  }

  /** Longer paths first (§5.8.3). */
  #sentTo(url: URL): Cookie[] {
    return this.#cookies
      .filter((cookie) => matches(cookie, url))
      .sort((one, other) => other.path.length - one.path.length)
  }
}

function matches({ domain, hostOnly, path, secure }: Cookie, { hostname, pathname, protocol }: URL): boolean {
  const host = hostOnly ? hostname === domain : domainMatches(hostname, domain)
  return host && pathMatches(pathname, path) && (!secure || protocol === 'https:')
}

function same(one: Cookie, other: Cookie): boolean {
  return (
    one.name === other.name && one.domain === other.domain && one.hostOnly === other.hostOnly && one.path === other.path
  )
}

function parse(url: URL, setCookie: string): { cookie: Cookie; expired: boolean } | null {
  const [pair = '', ...rest] = setCookie.split(';')
  const at = pair.indexOf('=')
  const name = pair.slice(0, at).trim()
  const value = pair.slice(at + 1).trim()
  if (at < 1 || name.length + value.length > MAX_PAIR) return null
  const attributes = attributesOf(rest)
  const { domain = '', path = '/' } = attributes
  const cookie = {
    name,
    value,
    domain: domain === '' ? url.hostname : domain.replace(/^\./, '').toLowerCase(),
    hostOnly: domain === '',
    path: path.startsWith('/') ? path : '/',
    secure: 'secure' in attributes,
  }
  return isAcceptable(cookie, url) ? { cookie, expired: isExpired(attributes) } : null
}

function attributesOf(parts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    parts
      .map((part) => part.trim())
      .filter((part) => part.length <= MAX_ATTRIBUTE)
      .map((part) => {
        const at = part.indexOf('=')
        return at === -1 ? [part.toLowerCase(), ''] : [part.slice(0, at).toLowerCase(), part.slice(at + 1)]
      }),
  )
}

function isAcceptable(cookie: Cookie, url: URL): boolean {
  if (cookie.secure && url.protocol !== 'https:') return false
  if (!cookie.hostOnly && !domainMatches(url.hostname, cookie.domain)) return false
  const name = cookie.name.toLowerCase()
  if (name.startsWith('__secure-') && !cookie.secure) return false
  return !name.startsWith('__host-') || (cookie.secure && cookie.hostOnly && cookie.path === '/')
}

function isExpired(attributes: Record<string, string>): boolean {
  if (attributes['max-age'] !== undefined) return Number(attributes['max-age']) <= 0
  return attributes.expires !== undefined && Date.parse(attributes.expires) <= Date.now()
}

function domainMatches(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`)
}

function pathMatches(path: string, cookiePath: string): boolean {
  if (path === cookiePath) return true
  return path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path[cookiePath.length] === '/')
}
