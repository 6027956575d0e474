/** The steps on an index, in this process's memory. */
import type { Entered, Entering, Entry, IndexEngine } from '../engine.ts'
import { ExpiringMap } from './expiring-map.ts'

interface List {
  /** Orders by session name. */
  readonly orders: Map<string, number>
  epoch: number | null
}

const EPOCH_MS = 3_600_000

export class MemoryIndexEngine implements IndexEngine {
  readonly #lists: ExpiringMap<List>
  readonly #now: () => number
  #lastOrder = 0

  constructor(now: () => number) {
    this.#lists = new ExpiringMap(now)
    this.#now = now
  }

  async enter(list: string, name: string, { until, order, epoch }: Entering): Promise<Entered | null> {
    const { orders, epoch: current } = this.#open(list, until)
    if (epoch !== null && String(current) !== epoch) return null
    const taken = order === null ? this.#nextOrder() : Number(order)
    const others = pickTwo([...orders.keys()].filter((other) => other !== name))
    orders.set(name, taken)
    return { order: String(taken), others }
  }

  async leave(list: string, name: string, order: string | null): Promise<void> {
    const orders = this.#lists.get(list)?.orders
    if (orders !== undefined && (order === null || String(orders.get(name)) === order)) orders.delete(name)
  }

  async orderOf(list: string, name: string): Promise<string | null> {
    const order = this.#lists.get(list)?.orders.get(name)
    return order === undefined ? null : String(order)
  }

  async page(list: string, highest: string | null, count: number): Promise<Entry[]> {
    const most = highest === null ? Number.POSITIVE_INFINITY : Number(highest)
    return [...(this.#lists.get(list)?.orders ?? [])]
      .filter(([, order]) => order <= most)
      .sort(([a, first], [b, second]) => second - first || (a < b ? 1 : -1))
      .slice(0, count)
      .map(([name, order]) => ({ name, order: String(order) }))
  }

  async epoch(list: string, pass: boolean): Promise<string> {
    const opened = this.#open(list, this.#now() + EPOCH_MS)
    if (pass || opened.epoch === null) opened.epoch = this.#nextOrder()
    return String(opened.epoch)
  }

  #open(list: string, until: number): List {
    const opened = this.#lists.get(list) ?? { orders: new Map(), epoch: null }
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
