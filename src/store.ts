/**
 * The contract of a session store. Every engine satisfies it, and one suite proves it (test/contract).
 *
 * - *Absent* is a value, not an error: an ID that is malformed, unknown, expired, ended or rotated away,
 *   and a key that holds anything but a session, are `null` or `false`, and never bring anything into being.
 * - An *error* means that the system failed or that the caller is wrong. A wrong argument changes nothing.
 * - Every operation is atomic. One that writes checks in the same step that the session is live, and
 *   refreshes its idle TTL.
 * - Lifetimes follow the engine's clock (Redis's own), never that of the process.
 */
import type { Durability } from './durability.ts'
import type { LoginEpoch } from './indexes/login.ts'
import type { Criteria } from './indexes/search.ts'
import type { SessionData, SessionRecord } from './record.ts'

export type { Criteria, LoginEpoch }

/** Options of every call. */
export interface CallOptions {
  /**
   * Rejects the call at once with the signal's reason. A call not yet begun sends nothing; what was sent runs
   * to its end by itself and the connection stays in step. Absent: the call ends by `commandTimeout`.
   */
  signal?: AbortSignal | undefined
}

export interface CreateOptions extends CallOptions {
  /** Idle TTL in seconds. Default: the store's `ttl`. */
  ttl?: number | undefined
  /** Seconds after which the session ends whatever happens; `null` for none. Default: the store's `absoluteTtl`. */
  absoluteTtl?: number | null | undefined
  /** Whether the visitor has just proved who they are: keeps the moment. Default `false`. */
  authenticated?: boolean | undefined
  /** From `loginEpoch`: fails with `LoginOvertakenError` if everything was ended in between. Default: does not matter. */
  epoch?: LoginEpoch | undefined
}

export interface GetOptions extends CallOptions {
  /** Whether reading refreshes the idle TTL. Default `true`. */
  refresh?: boolean | undefined
  /**
   * Whether to ask Redis even if the store keeps the session in a local cache: before a payment, say. Default `false`.
   * Without a cache each read asks Redis anyway.
   */
  fresh?: boolean | undefined
}

export interface UpdateOptions extends CallOptions {
  /** Fields to remove in the same step. Reserved names are left out. Default: none. */
  remove?: readonly string[] | undefined
  /** A new idle TTL in seconds, stored and applied in the same step. Default: unchanged. */
  ttl?: number | undefined
  /** From `loginEpoch`: fails with `LoginOvertakenError` if everything was ended in between. Default: does not matter. */
  epoch?: LoginEpoch | undefined
}

export interface DeleteOptions extends CallOptions {
  /** Waits for replicas; see docs/durability.md. Default: the store's `durable`. */
  durable?: Durability | undefined
}

export interface RotateOptions extends DeleteOptions {
  /** Seconds for which the old ID still reads and writes the session. Default 0: it is dead at once, as it must be at login. */
  grace?: number | undefined
  /** Fields set in the same step. Default: none. */
  data?: SessionData | undefined
  /** Whether the visitor has just proved who they are: keeps the moment. Default `false`. */
  authenticated?: boolean | undefined
  /** From `loginEpoch`: fails with `LoginOvertakenError` if everything was ended in between. Default: does not matter. */
  epoch?: LoginEpoch | undefined
}

export interface FindOptions extends CallOptions {
  /** The fields wanted of each session. Default: none. */
  fields?: readonly string[] | undefined
  /** The most sessions to find. Default: all; they are read a hundred at a time, as the iteration goes on. */
  limit?: number | undefined
}

export interface DeleteSessionsOptions extends DeleteOptions {
  /** The ID of a session that stays, even if it is rotated meanwhile, or several. Default: none stays. */
  except?: string | readonly string[] | undefined
}

/** A session as lists show it: nothing in it opens the session. */
export interface SessionSummary {
  /** SHA-256 of the ID, base64url. */
  readonly handle: string
  readonly createdAt: Date
  readonly lastAccessedAt: Date
  /** The idle TTL that the session was given, in seconds. */
  readonly configuredTtl: number
  /** Seconds until it expires if nobody comes. */
  readonly ttl: number
}

/** A session that was found by an index. */
export interface FoundSession extends SessionSummary {
  /** The fields asked for, on a null prototype. */
  readonly fields: SessionData
}

export interface SessionStore {
  /** The idle TTL that a new session gets, in seconds. */
  readonly ttl: number

  /**
   * Creates a session and returns its ID. Fields under a reserved name are left out.
   * A bare number is taken as `ttl`.
   */
  createSession(data?: SessionData, options?: number | CreateOptions): Promise<string>

  /**
   * The session's fields with `created_at`, `last_accessed_at` and `session_ttl`, on a null prototype; `null` when absent.
   * A bare boolean is taken as `refresh`.
   */
  getSession(id: string, options?: boolean | GetOptions): Promise<SessionData | null>

  /** Like {@link getSession}, with the lifetimes decoded: what a request layer needs. */
  readSession(id: string, options?: GetOptions): Promise<SessionRecord | null>

  /**
   * What {@link readSession} would resolve with, where the store knows it without asking: from a local cache. `null` where it
   * does not. A store without a cache need not have it.
   */
  recallSession?(id: string): SessionRecord | null

  /** Sets the fields and keeps the others; `false` when absent. Empty data on a live session is `true`. */
  updateSession(id: string, data: SessionData, options?: UpdateOptions): Promise<boolean>

  /** Removes the fields and returns how many there were; `null` when absent. */
  deleteFields(id: string, fields: readonly string[], options?: CallOptions): Promise<number | null>

  /**
   * Adds a whole number to a field (0 when it is not there) and returns the new value; `null` when absent.
   * The result is exact: a `number` while that is a safe integer, a `bigint` beyond ±(2^53 − 1). With a `bigint`
   * amount it is always a `bigint`. The range is that of HINCRBY, a signed 64-bit integer.
   *
   * @throws {ReservedFieldError} {@link NotAnIntegerError} {@link IntegerOverflowError} — and nothing has changed.
   */
  incrementField(id: string, field: string, amount: bigint, options?: CallOptions): Promise<bigint | null>
  incrementField(id: string, field: string, amount?: number, options?: CallOptions): Promise<number | bigint | null>

  /** Gives the session a new idle TTL, now and for later refreshes; `false` when absent. */
  setSessionTtl(id: string, seconds: number, options?: CallOptions): Promise<boolean>

  /** The idle TTL that the session was given, in seconds; `null` when absent. Does not refresh. */
  getConfiguredTtl(id: string, options?: CallOptions): Promise<number | null>

  /** Seconds until the session expires if nobody comes, rounded up; `null` when absent. Does not refresh. */
  getTtl(id: string, options?: CallOptions): Promise<number | null>

  /** Refreshes without reading; `false` when absent. */
  touchSession(id: string, options?: CallOptions): Promise<boolean>

  /**
   * Moves the session to a new ID and returns it; `null` when absent. All fields are kept, `data` is merged in the same
   * step, and neither the creation time nor the absolute deadline changes. Of two rotations at once one makes the
   * successor. Within its grace period the other joins it and returns the same ID, unless it is a login or has no grace of
   * its own: then it rotates the successor in turn, so that the old ID leads nowhere. After the grace period it is `null`.
   */
  rotateSession(id: string, options?: RotateOptions): Promise<string | null>

  /** Ends the session; `false` when it was absent already. */
  deleteSession(id: string, options?: DeleteOptions): Promise<boolean>

  /**
   * All live sessions, found by scanning: for operators, not for requests. Does not refresh. A session that lives
   * from beginning to end of the iteration is listed at least once; Redis's SCAN may list it twice.
   */
  listSessions(options?: CallOptions): AsyncIterableIterator<SessionSummary>

  /**
   * The live sessions with these index values, newest first. An index never misses a session; values are compared with what
   * the session holds now. One that is rotated at this very moment is found once at most, and may not be found: it lives under
   * neither ID for an instant. Does not refresh.
   *
   * @throws {InvalidArgumentError} when there is no such index, or no criterion
   */
  findSessions(criteria: Criteria, options?: FindOptions): AsyncIterableIterator<FoundSession>

  /** How many live sessions have these index values, as {@link findSessions} finds them. Looks at each of them. */
  countSessions(criteria: Criteria, options?: CallOptions): Promise<number>

  /**
   * Ends all sessions with these index values and returns how many. When it has returned, none is alive that was when it
   * was called, whatever rotations, changes and logins were under way.
   */
  deleteSessions(criteria: Criteria, options?: DeleteSessionsOptions): Promise<number>

  /** Ends the session with this handle if it has these index values; whether there was one. */
  deleteByHandle(handle: string, criteria: Criteria, options?: CallOptions): Promise<boolean>

  /**
   * The moment in which a login begins: take it before credentials are checked, and pass it when the session is made. It is
   * remembered for at least an hour.
   */
  loginEpoch(criteria: Criteria, options?: CallOptions): Promise<LoginEpoch>

  /**
   * Enters sessions that came to live before the index was declared, found by scanning while traffic goes on. Yields the
   * progress; stopped, it can be begun again, and what is entered already costs one look.
   */
  reindex(options?: CallOptions): AsyncIterableIterator<ReindexProgress>
}

export interface ReindexProgress {
  /** Sessions looked at so far. */
  readonly scanned: number
  /** Sessions entered in a list so far. */
  readonly entered: number
}
