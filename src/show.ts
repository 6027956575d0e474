import { isSessionId } from './session-id.ts'

const SHOWN_LENGTH = 60

/** A value as an error message may quote it: short, unambiguous about its type, and never a session ID. */
export function show(value: unknown): string {
  if (isSessionId(value)) return '[a session ID]'
  if (typeof value === 'string') return JSON.stringify(shorten(value))
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}

function shorten(text: string): string {
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text
}
