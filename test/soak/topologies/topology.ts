/** A set of servers that the soak runs on, and what befalls it. */
import type { Address } from '../client.ts'
import type { Losses } from '../losses.ts'
import type { Random } from '../random.ts'

/** Strikes, and resolves when the servers are well again; clients may need a moment more. */
export interface Fault {
  readonly name: string
  strike(): Promise<unknown>
}

export interface Topology {
  readonly address: Address
  readonly faults: readonly Fault[]
  /** The URLs of the servers that hold the sessions. */
  masters(): Promise<readonly string[]>
  stop(): Promise<void>
}

export interface TopologyOptions {
  readonly losses: Losses
  readonly random: Random
}

export type StartTopology = (options: TopologyOptions) => Promise<Topology>
