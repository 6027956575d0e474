/** The fields of a session as a table shows them. All are strings in the store; the kind is what they say. */
import type { StoredField } from './replies.ts'

/** In the order in which they are shown; those of the application that are not named come last. */
const ORDER = ['username', 'page_views', 'user_agent', 'session_ttl', 'created_at', 'last_accessed_at']
const RESERVED: ReadonlySet<string> = new Set(['session_ttl', 'created_at', 'last_accessed_at'])

export function fieldsOf(data: Readonly<Record<string, string>>): StoredField[] {
  return Object.entries(data)
    .map(([name, value]) => ({ name, value, kind: kindOf(name, value), reserved: RESERVED.has(name) }))
    .sort((one, other) => place(one.name) - place(other.name) || one.name.localeCompare(other.name))
}

function kindOf(name: string, value: string): StoredField['kind'] {
  if (name.endsWith('_at')) return 'timestamp'
  return /^-?\d+$/.test(value) ? 'integer' : 'text'
}

function place(name: string): number {
  const index = ORDER.indexOf(name)
  return index === -1 ? ORDER.length : index
}
