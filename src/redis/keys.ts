/** The only author of key names. */
import { InvalidArgumentError } from '../errors.ts'
import { show } from '../show.ts'

export const DEFAULT_PREFIX = 'session:'

export class SessionKeys {
  readonly prefix: string

  constructor(prefix: string) {
    if (typeof prefix !== 'string' || !prefix.isWellFormed()) {
      throw new InvalidArgumentError(`prefix must be a well-formed string, got ${show(prefix)}`)
    }
    this.prefix = prefix
  }

  session(name: string): string {
    return this.prefix + name
  }

  /** The sessions under one value of one index. No session's name is like it, so lists of sessions pass it by. */
  index(list: string): string {
    return `${this.prefix}index:${list}`
  }

  /** Where nothing is kept, and written to all the same: see replication/fence.ts. No session's name is like it. */
  fence(number: number): string {
    return `${this.prefix}fence:${number}`
  }

  nameOf(key: string): string {
    return key.slice(this.prefix.length)
  }

  /** What SCAN matches: the prefix to the letter, then anything. */
  get pattern(): string {
    return `${this.prefix.replace(/[\\*?[\]^-]/g, '\\$&')}*`
  }
}
