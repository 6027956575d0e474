/** What one operation does, by what its steps reply: run once for each history of replies, it is known. */
import { Running } from './running.ts'
import type { Learned, Operation } from './scenario.ts'
import { inWords, type Reply, type Step } from './step.ts'
import { FIRST, type Worlds } from './worlds.ts'

/** How a point was reached first: by the reply to one of the steps that the operation waited with at the point before. */
interface Arrival {
  readonly from: number
  readonly index: number
  readonly reply: number
}

/** Where an operation can be. */
interface Point extends Arrival {
  /** The steps that it waits with there, by number; none when it has ended or crashed. */
  readonly waiting: readonly number[]
  /** How it ended; `null` if it has not. */
  readonly ended: Reply | null
  /** Where it goes on, by what replies. */
  readonly next: Map<number, number>
}

export const START = 0
export const CRASHED = 1
const NOWHERE: Arrival = { from: -1, index: -1, reply: -1 }

/** How many steps an operation takes at once, at most. */
export const MOST_AT_ONCE = 2 ** 5

export class Course<W extends object> {
  readonly #operation: Operation<W>
  readonly #number: number
  readonly #worlds: Worlds<W>
  readonly #world: W
  readonly #points: Point[] = []
  /** Points by what tells them apart, where it is not the history alone. */
  readonly #alike = new Map<string, number>()
  /** The operation as it is at a point, until it goes on from there. */
  readonly #running = new Map<number, Running>()

  private constructor(operation: Operation<W>, number: number, worlds: Worlds<W>, world: W) {
    this.#operation = operation
    this.#number = number
    this.#worlds = worlds
    this.#world = world
  }

  static async of<W extends object>(operation: Operation<W>, number: number, worlds: Worlds<W>): Promise<Course<W>> {
    const course = new Course(operation, number, worlds, await worlds.rebuild(FIRST))
    course.#add(await course.#start(), NOWHERE)
    course.#points.push({ ...NOWHERE, waiting: [], ended: null, next: new Map() })
    return course
  }

  waiting(point: number): readonly number[] {
    return (this.#points[point] as Point).waiting
  }

  ended(point: number): Reply | null {
    return (this.#points[point] as Point).ended
  }

  known(point: number, index: number, reply: number): number | undefined {
    return (this.#points[point] as Point).next.get(keyOf(index, reply))
  }

  /** Where the operation is when one of the steps that it waits with has replied. */
  async answer(from: number, index: number, reply: number): Promise<number> {
    const running = this.#running.get(from) ?? (await this.#replay(from))
    this.#running.delete(from)
    await running.answer(index, this.#worlds.reply(reply))
    const next = this.#add(running, { from, index, reply })
    this.#points[from]?.next.set(keyOf(index, reply), next)
    return next
  }

  #add(running: Running, arrival: Arrival): number {
    const words = this.#tellApart(running, arrival)
    const alike = words === null ? undefined : this.#alike.get(words)
    if (alike !== undefined) return alike
    const { ended } = running
    const point = this.#points.push({ ...arrival, waiting: this.#numbersOf(running), ended, next: new Map() }) - 1
    if (words !== null) this.#alike.set(words, point)
    if (ended === null) this.#running.set(point, running)
    return point
  }

  /** Histories after which the operation has returned the same are one, and those of which it keeps the same. */
  #tellApart({ ended, waiting, place }: Running, arrival: Arrival): string | null {
    if (ended !== null) return inWords(ended)
    const { keeps } = this.#operation
    if (keeps === undefined) return null
    const steps = waiting.map(({ step }) => step)
    return inWords([steps, place, keeps(this.#learned(arrival), steps)])
  }

  #learned(arrival: Arrival): Learned[] {
    return this.#way(arrival).map(({ from, index, reply }) => ({
      step: this.#worlds.step(this.waiting(from)[index] as number) as Step,
      reply: this.#worlds.reply(reply),
    }))
  }

  /** Runs the operation again, to a point. */
  async #replay(point: number): Promise<Running> {
    const running = await this.#start()
    for (const { index, reply } of this.#way(this.#points[point] as Point)) {
      await running.answer(index, this.#worlds.reply(reply))
    }
    if (this.#numbersOf(running).join() === this.waiting(point).join()) return running
    throw new Error('an operation does something else when it is run again')
  }

  #way(arrival: Arrival): Arrival[] {
    const way: Arrival[] = []
    for (let at = arrival; at.from >= 0; at = this.#points[at.from] as Point) way.push(at)
    return way.reverse()
  }

  #numbersOf({ waiting }: Running): number[] {
    return waiting.map(({ step }) => this.#worlds.numberOf(step))
  }

  #start(): Promise<Running> {
    return Running.start(this.#operation, this.#number, this.#world)
  }
}

function keyOf(index: number, reply: number): number {
  return reply * MOST_AT_ONCE + index
}
