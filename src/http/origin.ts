/**
 * Cross-site request forgery: an unsafe request that carries a live session must come from our own origin.
 * Sec-Fetch-Site decides where the browser sends it (https://www.w3.org/TR/fetch-metadata/), else Origin; a request with
 * neither comes from no browser that could be tricked.
 */
import { InvalidArgumentError } from '../errors.ts'
import { show } from '../show.ts'
import { CrossOriginError } from './errors.ts'

/** What the check looks at in a request. Names are lower-case; an absent header is `undefined`. */
export interface OriginFacts {
  readonly method: string
  header(name: 'sec-fetch-site' | 'origin' | 'host'): string | undefined
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** Whether the method changes nothing (RFC 9110 §9.2.1). */
export function isSafeMethod(method: string): boolean {
  return SAFE_METHODS.has(method.toUpperCase())
}

export class OriginCheck {
  readonly #trusted: ReadonlySet<string>

  /** @throws {InvalidArgumentError} unless each is an origin such as `https://app.example.com` */
  constructor(trustedOrigins: readonly string[] = []) {
    if (!Array.isArray(trustedOrigins)) {
      throw new InvalidArgumentError(`trustedOrigins must be an array of origins, got ${show(trustedOrigins)}`)
    }
    this.#trusted = new Set(trustedOrigins.map(checkOrigin))
  }

  /** Refuses a request from elsewhere, whatever its method: what a WebSocket upgrade needs, which is a GET. */
  require(facts: OriginFacts): void {
    if (!this.allows(facts)) throw new CrossOriginError('this request may not come from another origin')
  }

  allows(facts: OriginFacts): boolean {
    const site = facts.header('sec-fetch-site')
    const origin = facts.header('origin')
    if (site === 'same-origin' || site === 'none') return true
    if (origin !== undefined && this.#trusted.has(origin)) return true
    if (site !== undefined) return false
    return origin === undefined || isOwn(origin, facts.header('host'))
  }
}

/** The Host header stands for our own origin; what a proxy adds is not trusted, since anyone can send it. */
function isOwn(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false
  const own = new URL(origin)
  return /^https?:$/.test(own.protocol) && own.host === host.toLowerCase()
}

function checkOrigin(origin: unknown): string {
  if (typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin) return origin
  throw new InvalidArgumentError(
    `a trusted origin is scheme and host, such as "https://app.example.com", got ${show(origin)}`,
  )
}
