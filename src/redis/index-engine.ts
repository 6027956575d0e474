/** The steps on an index's key on Redis: one script each. */
import type { Entered, Entering, Entry, IndexEngine } from '../engine.ts'
import type { RedisCalls } from './calls.ts'
import { expected, isList, isPairs, isText, orNull, unexpected } from './expected.ts'
import type { SessionKeys } from './keys.ts'
import * as sources from './scripts.gen.ts'
import { query, script } from './scripts.ts'

const scripts = {
  enter: script(sources.enter),
  leave: script(sources.leave),
  page: query(sources.page),
  epoch: query(sources.epoch),
  nextEpoch: script(sources.epoch),
}

/** An epoch is remembered for longer than a login takes. */
const EPOCH_MS = 3_600_000

/** The nodes of a cluster may disagree about the time by this much before an index expires too early. */
const CLOCK_TOLERANCE_MS = 60_000

export class RedisIndexEngine implements IndexEngine {
  readonly #calls: RedisCalls
  readonly #keys: SessionKeys

  constructor(calls: RedisCalls, keys: SessionKeys) {
    this.#calls = calls
    this.#keys = keys
  }

  async enter(list: string, name: string, { until, order, epoch }: Entering): Promise<Entered | null> {
    const args = [name, String(until + CLOCK_TOLERANCE_MS), order ?? '', epoch ?? '']
    const reply = expected(orNull(isList), await this.#calls.run(scripts.enter, this.#keys.index(list), args))
    return reply && { order: expected(isText, reply[0] ?? null), others: reply.slice(1) }
  }

  async leave(list: string, name: string, order: string | null): Promise<void> {
    await this.#calls.run(scripts.leave, this.#keys.index(list), [name, order ?? ''])
  }

  async orderOf(list: string, name: string): Promise<string | null> {
    const order = await this.#calls.query('ZSCORE', this.#keys.index(list), name)
    return order === null ? null : String(order)
  }

  async page(list: string, highest: string | null, count: number): Promise<Entry[]> {
    const args = [highest ?? '+inf', String(count)]
    const flat = expected(isPairs, await this.#calls.run(scripts.page, this.#keys.index(list), args))
    const entries: Entry[] = []
    for (let i = 0; i + 1 < flat.length; i += 2) entries.push({ name: flat[i] as string, order: flat[i + 1] as string })
    // Pages that began again would have no end.
    if (highest !== null && entries.some(({ order }) => Number(order) > Number(highest))) throw unexpected()
    return entries
  }

  async epoch(list: string, pass: boolean): Promise<string> {
    const args = [pass ? '1' : '0', String(EPOCH_MS)]
    return expected(
      isText,
      await this.#calls.run(pass ? scripts.nextEpoch : scripts.epoch, this.#keys.index(list), args),
    )
  }
}
