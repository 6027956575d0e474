/** What the server says to the page's script, and to any other client: form-encoded in, this as JSON out. */

/** The surface of Redis's session guides, and with it what an action cost. */
export interface Reply {
  readonly authenticated?: boolean
  /** The fields, the reserved ones among them, and `ttl`: what is left of the TTL. All strings, as they are stored. */
  readonly session?: Readonly<Record<string, string>> | null
  /** SHA-256 of the session ID. The ID itself is in the cookie only. */
  readonly handle?: string
  readonly previous_handle?: string
  readonly configured_ttl?: number
  readonly ttl?: number
  readonly page_views?: number
  /** How many sessions ended: of `/devices/*`. */
  readonly ended?: number
  /** Whether a write that crossed a logout reached Redis: of `/work`. */
  readonly stored?: boolean
  readonly error?: string
  readonly commands: readonly Step[]
}

/** One command to Redis; without `command` a call of the memory engine. */
export interface Step {
  /** The method of the store. */
  readonly call: string
  readonly command: string | null
  /** `null` while there is no answer. */
  readonly ms: number | null
  readonly failed: boolean
}

/** What `/inspect` sees, without refreshing it. */
export interface Inspection {
  /** Whether the store answered. If not, nothing else is known. */
  readonly available: boolean
  /** What the cookie begins with; `null` when there is none. */
  readonly ticket: string | null
  readonly stored: StoredSession | null
  readonly devices: readonly Device[]
}

export interface StoredSession {
  readonly key: string
  readonly handle: string
  readonly fields: readonly StoredField[]
  readonly configured_ttl: number
  readonly ttl: number
  /** When the session ends whatever happens; `null` when nothing ends it but its TTL. */
  readonly absolute: { readonly ttl: number; readonly left: number } | null
  readonly cli: readonly string[]
}

export interface StoredField {
  readonly name: string
  readonly value: string
  readonly kind: 'text' | 'integer' | 'timestamp'
  readonly reserved: boolean
}

/** Another session of the same person. */
export interface Device {
  readonly handle: string
  readonly name: string
  readonly current: boolean
  readonly created_at: string
  readonly last_accessed_at: string
  readonly ttl: number
}
