/** What a session keeps of the request that began it or logged it in, for a page that lists a person's devices. */
import { InvalidArgumentError } from '../errors.ts'
import { checkNames } from '../options.ts'
import type { SessionData } from '../record.ts'
import { show } from '../show.ts'

export interface RememberOptions<Request> {
  /** Keeps the User-Agent header in the field `user_agent`, up to 256 characters. Default `false`. */
  userAgent?: boolean | undefined
  /**
   * Gives the address to keep in the field `ip`, from the framework's own request: only the application knows which proxies
   * it may believe. Default: none is kept.
   */
  ip?: ((request: Request) => string | undefined) | undefined
}

/** The request as far as it is remembered. */
export interface Rememberable {
  readonly request: unknown
  header(name: 'user-agent'): string | undefined
}

const LONGEST = 256

/** Checks the options. */
export function checkRemember(remember: unknown): RememberOptions<never> {
  if (remember === undefined) return {}
  checkNames(remember as object, ['userAgent', 'ip'])
  const { userAgent = false, ip } = remember as RememberOptions<never>
  if (typeof userAgent !== 'boolean') {
    throw new InvalidArgumentError(`remember.userAgent must be a boolean, got ${show(userAgent)}`)
  }
  if (ip !== undefined && typeof ip !== 'function') {
    throw new InvalidArgumentError(`remember.ip must be a function, got ${show(ip)}`)
  }
  return { userAgent, ip }
}

/** The fields to keep of a request. */
export function remembered({ userAgent, ip }: RememberOptions<never>, facts: Rememberable): SessionData {
  const fields: SessionData = Object.create(null)
  const agent = userAgent ? facts.header('user-agent') : undefined
  if (agent !== undefined) fields.user_agent = agent.slice(0, LONGEST).toWellFormed()
  const address = ip?.(facts.request as never)
  if (address !== undefined) fields.ip = address
  return fields
}
