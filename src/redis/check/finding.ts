/** What a start-up check says. */

export type FindingSeverity = 'ok' | 'notice' | 'warning' | 'critical' | 'unknown'

export type FindingCode =
  | 'version'
  | 'permissions'
  | 'eviction'
  | 'persistence'
  | 'replication'
  | 'failover'
  | 'encryption'
  | 'clock'
  | 'cluster'

export interface StoreFinding {
  /** What was looked at; stable across releases. */
  readonly code: FindingCode
  /**
   * - `ok`: as it should be
   * - `notice`: worth knowing
   * - `warning`: sessions can be lost, or come back, in a case that will happen one day
   * - `critical`: sessions are being lost or refused now, or as soon as there are many
   * - `unknown`: Redis does not let the store ask
   */
  readonly severity: FindingSeverity
  /** A plain sentence; may change from release to release. */
  readonly message: string
  /** The master it is about, as the client addresses it; empty when there is only one. */
  readonly node: string
}

/** A finding before it is said of which node. */
export type Judgement = Omit<StoreFinding, 'node'>
