/** A connection of our own on which Redis tells what has changed of all that was read over it. */
import type { RedisPort } from '../port.ts'

/** What is heard over a link. */
export interface LinkListener {
  /** The key has changed, expired or gone; `null` for all keys. */
  onInvalidate(key: string | null): void
  /** From here on something may have been missed. */
  onLost(): void
}

/** Reads what goes into the local cache. A read whose reply has come is told of every change after it. */
export interface TrackedLink {
  readonly port: RedisPort
  /** Whether Redis tracks what is read now. */
  readonly isReady: boolean
  /** Resolves when every connection of the link has answered; rejects when one is not there. */
  ping(): Promise<unknown>
  close(): Promise<void>
}
