/** The steps on an index, in this process's memory. */
import type { Entered, Entering, Entry, IndexEngine } from '../engine.ts'
import { ExpiringMap } from './expiring-map.ts'

/** Orders by session name, and that of the epoch beside them. */
type Orders = Map<string, number>

const EPOCH = '@epoch'

const EPOCH_MS = 3_600_000

export class MemoryIndexEngine implements IndexEngine {
  readonly #lists: ExpiringMap<Orders>
  readonly #now: () => number
  #lastOrder = 0

  constructor(now: () => number) {
    this.#lists = new ExpiringMap(now)
    this.#now = now
  }

  async enter(list: string, name: string, { until, order, epoch }: Entering): Promise<Entered | null> {
    const orders = this.#open(list, until)
    if (epoch !== null && String(orders.get(EPOCH)) !== epoch) return null
    const taken = order === null ? this.#nextOrder() : Number(order)
    const others = pickTwo([...orders.keys()].filter((other) => other !== name && other !== EPOCH))
    orders.set(name, taken)
    return { order: String(taken), others }
  }

  async leave(list: string, name: string, order: string | null): Promise<void> {
    const orders = this.#lists.get(list)
    if (orders !== undefined && (order === null || String(orders.get(name)) === order)) orders.delete(name)
  }

  async orderOf(list: string, name: string): Promise<string | null> {
    const order = this.#lists.get(list)?.get(name)
    return order === undefined ? null : String(order)
  }

  async page(list: string, highest: string | null, count: number): Promise<Entry[]> {
    const most = highest === null ? Number.POSITIVE_INFINITY : Number(highest)
    return [...(this.#lists.get(list) ?? [])]
      .filter(([name, order]) => name !== EPOCH && order <= most)
      .sort(([a, first], [b, second]) => second - first || (a < b ? 1 : -1))
      .slice(0, count)
      .map(([name, order]) => ({ name, order: String(order) }))
  }

  async epoch(list: string, pass: boolean): Promise<string> {
    const orders = this.#open(list, this.#now() + EPOCH_MS)
    if (pass || !orders.has(EPOCH)) orders.set(EPOCH, this.#nextOrder())
    return String(orders.get(EPOCH))
  }

  #open(list: string, until: number): Orders {
    const opened: Orders = this.#lists.get(list) ?? new Map()
    this.#lists.set(list, opened, Math.max(until, this.#lists.expiryOf(list)))
    return opened
  }

  #nextOrder(): number {
    this.#lastOrder = Math.max(this.#now() * 1000, this.#lastOrder + 1)
    return this.#lastOrder
  }
}

function pickTwo(names: string[]): string[] {
  const rank = () => Math.floor(Math.random() * names.length)
  return names.length <= 2 ? names : [names[rank()] as string, names[rank()] as string]
}
