/** The port to Redis: all that the engine needs of a client. */

/** A reply as it stands on the wire: no maps, no transformation. */
export type RedisReply = string | number | null | RedisReply[]

/**
 * What a client and its caller tell each other of a command under way. To the client it is as much of an AbortSignal as
 * withdrawing takes: nobody waits any more, so what it has not sent yet it should never send.
 */
export interface Withdrawal {
  readonly aborted: boolean
  /** Whether the command changes something. Then it must reach Redis once at most, unless Redis refused it. */
  readonly isChange: boolean
  /** Whether the command may have reached Redis since it was last refused. A client that listens stops when it sends. */
  sent: boolean
  addEventListener(type: 'abort', withdraw: () => void): void
  removeEventListener(): void
}

export interface RedisPort {
  /** Sends one command to the node that holds the key; `null` for a command without a key. */
  command(key: string | null, args: string[], withdrawal?: Withdrawal): Promise<RedisReply>
  /** Which node holds a key, as far as the client knows; the same answer for all keys without a cluster. */
  nodeOf(key: string): string
  readonly isCluster: boolean
  /** Has the client close its connection and open another; `null` for a client that finds the master by itself. */
  readonly reconnect: (() => void) | null
  /** Every master: one, but for a cluster. */
  masters(): Promise<readonly Master[]>
}

/** Of `ioredis`. */
export type FailoverOption = 'failoverDetector' | 'sentinelCommandTimeout'

/** A server of its own, to which commands go that concern no key. */
export interface Master {
  /** Its address in the cluster; empty without one. */
  readonly name: string
  /** Whether the client speaks TLS to it; `null` when the client does not say. */
  readonly isEncrypted: boolean | null
  /** What the client lacks to follow Sentinel through any failover; `null` without Sentinel. */
  readonly missingForFailover: readonly FailoverOption[] | null
  command(args: string[]): Promise<RedisReply>
}

export type ScannedType = 'hash' | 'string'
