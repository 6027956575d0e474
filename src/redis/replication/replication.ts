/** The replicas of each master, asked by way of fences. */
import type { Durability, Replication } from '../../durability.ts'
import { openSide } from '../client.ts'
import { closeWith } from '../close-with.ts'
import type { SessionKeys } from '../keys.ts'
import type { RedisPort } from '../port.ts'
import { Fences } from './fence.ts'

export interface ReplicationOptions {
  readonly client: object
  readonly port: RedisPort
  readonly keys: SessionKeys
  readonly commandTimeout: number
}

export class RedisReplication implements Replication {
  readonly #port: RedisPort
  readonly #keys: SessionKeys
  readonly #fences: Fences
  #forget: (() => void) | undefined

  constructor({ client, port, keys, commandTimeout }: ReplicationOptions) {
    this.#port = port
    this.#keys = keys
    const open = () => {
      this.#forget ??= closeWith(client, { close: () => this.#fences.close() })
      return openSide(client)
    }
    this.#fences = new Fences({ open, keyOn: (node) => this.#keyOn(node), commandTimeout })
  }

  async acknowledged(names: readonly string[] | null, { replicas, timeout }: Durability): Promise<number | null> {
    const nodes =
      names === null ? await this.#nodes() : names.map((name) => this.#port.nodeOf(this.#keys.session(name)))
    const counts = await Promise.all(
      [...new Set(nodes)].map((node) => this.#fences.acknowledged(node, replicas, timeout)),
    )
    if (counts.length === 0 || counts.includes(null)) return null
    return Math.min(...(counts as number[]))
  }

  close(): void {
    this.#forget?.()
    this.#forget = undefined
    this.#fences.close()
  }

  async #nodes(): Promise<string[]> {
    const masters = await this.#port.masters().catch(() => [])
    return masters.map(({ name }) => name)
  }

  #keyOn(node: string): string {
    for (let i = 0; ; i += 1) {
      const key = this.#keys.fence(i)
      if (this.#port.nodeOf(key) === node || i > MOST_TRIES) return key
    }
  }
}

/** Of keys in a row some are on each node; if none is, the cluster has changed meanwhile, and the node refuses the key. */
const MOST_TRIES = 10_000
