/** Waiting for replicas, on request: a change that they have survives the loss of the master, if one of them takes over. */
import { InvalidArgumentError } from './errors.ts'
import { checkNames } from './options.ts'
import { show } from './show.ts'

export interface Durability {
  /** How many replicas must have the change. */
  replicas: number
  /** Milliseconds to wait for them, at most. */
  timeout: number
  /**
   * Hears how it went, before the call returns. What it throws is uncaught. Default: a process warning the first time that
   * too few replicas have it.
   */
  onResult?: ((result: DurabilityResult) => void) | undefined
}

export interface DurabilityResult {
  readonly call: 'deleteSession' | 'rotateSession' | 'deleteSessions'
  /** Whether as many replicas have the change as were asked for. */
  readonly reached: boolean
  /** How many have it; `null` when that is not known. In a cluster, of the master with the fewest. */
  readonly replicas: number | null
}

/** What an engine can say about its replicas. */
export interface Replication {
  /**
   * Waits until so many replicas have all that was changed so far; how many have it in the end, `null` when that is not known.
   * Never fails. Of the sessions under these names, or with `null` of all.
   */
  acknowledged(names: readonly string[] | null, durability: Durability): Promise<number | null>
}

const LONGEST_MS = 60_000
const MOST_REPLICAS = 100

/** @throws {InvalidArgumentError} */
export function checkDurability(durability: Durability): Durability {
  checkNames(durability, ['replicas', 'timeout', 'onResult'])
  const { replicas, timeout, onResult } = durability
  checkWhole('durable: replicas', replicas, MOST_REPLICAS)
  checkWhole('durable: timeout', timeout, LONGEST_MS)
  if (onResult !== undefined && typeof onResult !== 'function') {
    throw new InvalidArgumentError(`durable: onResult must be a function, got ${show(onResult)}`)
  }
  return durability
}

function checkWhole(name: string, value: unknown, most: number): void {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most) return
  throw new InvalidArgumentError(`${name} must be a whole number from 1 to ${most}, got ${show(value)}`)
}

/** What the callback throws is its own affair, uncaught, and changes nothing about a call that has done its work. */
function tell(onResult: (result: DurabilityResult) => void, result: DurabilityResult): void {
  try {
    onResult(result)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

export class Durables {
  readonly #replication: Replication | undefined
  readonly #always: Durability | undefined
  #hasWarned = false

  /** `always` holds for each call that says nothing else. Without replication nothing is ever reached. */
  constructor(replication: Replication | undefined, always: Durability | undefined) {
    this.#replication = replication
    this.#always = always && checkDurability(always)
  }

  /** What holds for a call, checked. */
  of(durable: Durability | undefined): Durability | null {
    return (durable === undefined ? this.#always : checkDurability(durable)) ?? null
  }

  /** Waits for the replicas, if that was asked for, and says how it went. */
  async settle(
    call: DurabilityResult['call'],
    durability: Durability | null,
    names: readonly string[] | null,
  ): Promise<void> {
    if (durability === null) return
    const replicas = this.#replication === undefined ? 0 : await this.#replication.acknowledged(names, durability)
    const result = { call, reached: replicas !== null && replicas >= durability.replicas, replicas }
    if (durability.onResult !== undefined) tell(durability.onResult, result)
    else if (!result.reached) this.#warn(result, durability)
  }

  #warn({ call, replicas }: DurabilityResult, { replicas: wanted, timeout }: Durability): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    const found = replicas === null ? 'an unknown number of' : replicas
    process.emitWarning(`${call}: ${found} replicas have the change after ${timeout} ms, and ${wanted} should`, {
      type: 'SojournWarning',
      code: 'SOJOURN_NOT_DURABLE',
    })
  }
}
