/** A set of servers that the soak runs on, and what befalls it. */
import type { Address } from '../client.ts'
import type { Losses } from '../losses.ts'
import type { Random } from '../random.ts'

export interface Fault {
  readonly name: string
  /** Resolves when it is over, but for what servers and clients mend by themselves. */
  strike(): Promise<unknown>
}

export interface Topology {
  readonly address: Address
  readonly faults: readonly Fault[]
  /** The URLs of the servers that hold the sessions, once they are well again. */
  masters(): Promise<readonly string[]>
  stop(): Promise<void>
}

export interface TopologyOptions {
  readonly losses: Losses
  readonly random: Random
}

export type StartTopology = (options: TopologyOptions) => Promise<Topology>
