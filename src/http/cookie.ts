/**
 * The cookie that carries the ticket: which value to trust in a request, and what to say in a response.
 * RFC 6265bis: https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis
 */
import { InvalidArgumentError } from '../errors.ts'
import { MAX_TTL } from '../lifetime.ts'
import { checkNames } from '../options.ts'
import { show } from '../show.ts'
import { checkBoolean } from './option-types.ts'

export interface CookieOptions {
  /** Default `sid`, as in Redis's session guides. `__Host-` and `__Secure-` names bring their rules with them. */
  name?: string | undefined
  /** Default `/`. */
  path?: string | undefined
  /** Default: none, so that only the host that set the cookie gets it back. */
  domain?: string | undefined
  /** Default `true`. Turn it off only for development without TLS on a name other than localhost. */
  secure?: boolean | undefined
  /** Default `true`: no script sees the ticket. */
  httpOnly?: boolean | undefined
  /** Default `lax`. `none` needs `secure`. */
  sameSite?: 'strict' | 'lax' | 'none' | undefined
  /** Partitioned by top-level site (CHIPS); needs `secure`. Default `false`. */
  partitioned?: boolean | undefined
  /**
   * Seconds for which the browser keeps the cookie, or `'ttl'` to follow the session's idle TTL, which sends the cookie
   * anew with each response that used the session. Default: until the browser closes.
   */
  maxAge?: number | 'ttl' | undefined
}

export const DEFAULT_COOKIE_NAME = 'sid'

/** The longest Cookie header that is looked at: Node's own limit for all headers together. */
const LONGEST_HEADER = 16_384

const SAME_SITE = { strict: 'Strict', lax: 'Lax', none: 'None' }

const KNOWN = ['name', 'path', 'domain', 'secure', 'httpOnly', 'sameSite', 'partitioned', 'maxAge']

export class SessionCookie {
  readonly name: string
  /** Whether the cookie's expiry moves with the session's, so that it has to be sent again and again. */
  readonly followsTtl: boolean
  readonly #attributes: string
  readonly #maxAge: number | 'ttl' | undefined

  /** @throws {InvalidArgumentError} when an option is wrong or two contradict each other */
  constructor(options: CookieOptions = {}) {
    checkNames(options, KNOWN)
    const { name = DEFAULT_COOKIE_NAME, path = '/', secure = true, httpOnly = true, sameSite = 'lax' } = options
    const { domain, partitioned = false, maxAge } = options
    checkName(name)
    checkAttribute('path', path, /^\/[ -:<-~]*$/)
    if (domain !== undefined) checkAttribute('domain', domain, /^\.?[a-z0-9-]+(\.[a-z0-9-]+)*$/i)
    checkBoolean('cookie.secure', secure)
    checkBoolean('cookie.httpOnly', httpOnly)
    checkBoolean('cookie.partitioned', partitioned)
    if (!Object.hasOwn(SAME_SITE, sameSite)) {
      throw invalid(`cookie.sameSite must be 'strict', 'lax' or 'none', got ${show(sameSite)}`)
    }
    if (maxAge !== undefined && maxAge !== 'ttl') checkMaxAge(maxAge)
    checkTogether(name, path, options)

    this.name = name
    this.followsTtl = maxAge === 'ttl'
    this.#maxAge = maxAge
    this.#attributes = [
      `; Path=${path}`,
      domain === undefined ? '' : `; Domain=${domain}`,
      httpOnly ? '; HttpOnly' : '',
      secure ? '; Secure' : '',
      `; SameSite=${SAME_SITE[sameSite]}`,
      partitioned ? '; Partitioned' : '',
    ].join('')
  }

  /**
   * The one value under our name in a Cookie header, or `null`. Names match to the letter and nothing is decoded or
   * repaired (CVE-2020-8184, CVE-2023-23934). Of two values none is used, for either may have been planted, and none of
   * a header that is too long to be looked at whole.
   */
  read(header: string | undefined): string | null {
    if (header === undefined || header.length > LONGEST_HEADER) return null
    const end = header.length
    const { name } = this
    let found: string | null = null
    let start = 0
    while (start < end) {
      while (start < end && isBlank(header.charCodeAt(start))) start++
      let stop = header.indexOf(';', start)
      if (stop === -1) stop = end
      if (header.startsWith(name, start) && header.charCodeAt(start + name.length) === EQUALS) {
        if (found !== null) return null
        found = header.slice(start + name.length + 1, trimmedEnd(header, start, stop))
      }
      start = stop + 1
    }
    return found
  }

  /** The Set-Cookie value that hands out a ticket. */
  issue(id: string, ttl: number): string {
    const maxAge = this.#maxAge === 'ttl' ? ttl : this.#maxAge
    return `${this.name}=${id}${maxAge === undefined ? '' : `; Max-Age=${maxAge}`}${this.#attributes}`
  }

  /** The Set-Cookie value that takes it back: the same path, domain and flags, or the browser keeps the old one. */
  withdraw(): string {
    return `${this.name}=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT${this.#attributes}`
  }
}

const EQUALS = 0x3d

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

function trimmedEnd(header: string, start: number, stop: number): number {
  let end = stop
  while (end > start && isBlank(header.charCodeAt(end - 1))) end--
  return end
}

/** A token (RFC 9110 §5.6.2), short enough that name and value stay below the 4096 bytes that browsers keep. */
function checkName(name: unknown): void {
  if (typeof name === 'string' && name.length <= 256 && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return
  throw invalid(`cookie.name must be a token of at most 256 characters (RFC 9110), got ${show(name)}`)
}

/** Attribute values beyond 1024 bytes are ignored by browsers, which would quietly widen the cookie's reach. */
function checkAttribute(option: string, value: unknown, form: RegExp): void {
  if (typeof value === 'string' && value.length <= 1024 && form.test(value)) return
  throw invalid(`cookie.${option} is no valid ${option} of a cookie: ${show(value)}`)
}

function checkMaxAge(value: unknown): void {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_TTL) return
  throw invalid(`cookie.maxAge must be a whole number of seconds of at least 1, or 'ttl', got ${show(value)}`)
}

function checkTogether(
  name: string,
  path: string,
  { domain, secure = true, sameSite, partitioned }: CookieOptions,
): void {
  const prefixed = name.toLowerCase()
  if (sameSite === 'none' && !secure) throw invalid(`cookie.sameSite 'none' needs secure`)
  if (partitioned && !secure) throw invalid('cookie.partitioned needs secure')
  if (prefixed.startsWith('__secure-') && !secure) throw invalid(`a cookie named ${show(name)} needs secure`)
  if (prefixed.startsWith('__host-') && (!secure || path !== '/' || domain !== undefined)) {
    throw invalid(`a cookie named ${show(name)} needs secure, path '/' and no domain`)
  }
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message)
}
