import type { OriginFacts } from './origin.ts'
import type { Rememberable } from './remember.ts'

/** What a manager needs to know of a request. */
export interface RequestFacts extends OriginFacts, Rememberable {
  header(name: 'cookie' | 'sec-fetch-site' | 'origin' | 'host' | 'user-agent'): string | undefined
}
