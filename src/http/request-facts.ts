import type { OriginFacts } from './origin.ts'
import type { Rememberable } from './remember.ts'

/** What a manager needs to know of a request. */
export interface RequestFacts extends OriginFacts, Rememberable {
  header(name: 'cookie' | 'sec-fetch-site' | 'sec-fetch-mode' | 'origin' | 'host' | 'user-agent'): string | undefined
}

/** Whether the browser is opening a page with it, and not fetching something for one: https://www.w3.org/TR/fetch-metadata/ */
export function isNavigation(facts: RequestFacts): boolean {
  return facts.header('sec-fetch-mode') === 'navigate'
}
