/**
 * Runs operations in every order that their atomic steps allow, with a crash after each step if asked, instead of hoping that
 * luck finds the bad one.
 *
 * There are far too many orders to run them one by one, and no need to. Operations share nothing but the world. So all that can
 * follow depends on the state of the world and on how far each operation is, and where two orders come to the same in that,
 * they go on together. Neither is run anew for each order:
 *
 * - `Worlds` knows what a step does in a state of the world. It is seen once; `describe` tells states apart.
 * - `Course` knows what an operation does next, by what its steps have replied. It is run once for each history of replies, alone.
 *   Histories that differ only in what the operation does not go by any more (`keeps`) are one.
 *
 * What is left is a walk on numbers. It leaves out no order, and reaches each end that running them one by one reaches, as long
 * as three things hold: operations do the same when they learn the same (a course looks at that whenever it runs one again),
 * `describe` leaves out nothing that a step goes by, and `keeps` nothing that the operation does. `scheduler.test.ts` compares
 * with orders run one by one, and with courses that keep everything.
 *
 * A crash only stops an operation: others notice it nowhere. So it makes no difference when, after its last step, it happens, and
 * it happens at once. An operation that has crashed is at the same point, wherever it was.
 */
import { Course, CRASHED, MOST_AT_ONCE, START } from './course.ts'
import type { Operation, Scenario } from './scenario.ts'
import { Situations } from './situations.ts'
import { inWords } from './step.ts'
import { FIRST, Worlds } from './worlds.ts'

export type { Operation, Outcome, Scenario } from './scenario.ts'

/** What a walk has seen. */
export interface Walked {
  /** How many orders there are. Beyond 2^53, about so many. */
  readonly orders: number
  /** In how many situations they meet. */
  readonly situations: number
  /** How they end: each world in words, with what each operation returned. */
  readonly ends: ReadonlySet<string>
}

/** Runs all orders, and checks each end once. */
export async function everyOrder<W extends object>(scenario: Scenario<W>): Promise<Walked> {
  const known = await knowledgeOf(scenario)
  const courses: Course<W>[] = []
  for (const [i, operation] of scenario.operations.entries()) courses.push(await known.course(operation, i + 1))
  return new Walk(scenario, known.worlds, courses).run()
}

/** What is known of a world, and of what operations do in it: scenarios in the same world learn it once. */
class Knowledge<W extends object> {
  readonly worlds: Worlds<W>
  readonly #courses = new Map<Operation<W>, Map<number, Course<W>>>()

  constructor(worlds: Worlds<W>) {
    this.worlds = worlds
  }

  async course(operation: Operation<W>, number: number): Promise<Course<W>> {
    const courses = this.#courses.get(operation) ?? new Map<number, Course<W>>()
    this.#courses.set(operation, courses)
    const course = courses.get(number) ?? (await Course.of(operation, number, this.worlds))
    courses.set(number, course)
    return course
  }
}

const knowledge = new WeakMap<object, unknown>()

async function knowledgeOf<W extends object>(scenario: Scenario<W>): Promise<Knowledge<W>> {
  const known = knowledge.get(scenario.world) ?? new Knowledge(await Worlds.of(scenario))
  knowledge.set(scenario.world, known)
  return known as Knowledge<W>
}

/** What can happen next: an operation's step, and that the operation crashes right after it. */
interface Move {
  readonly operation: number
  readonly index: number
  readonly crash: boolean
}

/** A situation on the way from the start to where the walk is. */
interface Stop {
  readonly situation: number
  readonly world: number
  readonly points: readonly number[]
  readonly moves: readonly Move[]
  /** How many of the moves have been made. */
  made: number
  /** How many orders lead on from here, as far as is known. */
  orders: number
}

/** In place of a number of orders, while the walk is still beyond the situation. */
const UNDER_WAY = -1

/** Depth first. */
class Walk<W extends object> {
  readonly #scenario: Scenario<W>
  readonly #worlds: Worlds<W>
  readonly #courses: readonly Course<W>[]
  readonly #situations: Situations
  /** How many orders lead on from each situation. */
  readonly #orders: number[] = []
  readonly #ends = new Set<string>()
  readonly #way: Stop[] = []
  /** The moves that there are, by how many steps each operation waits with. */
  readonly #choices = new Map<number, readonly Move[]>()

  constructor(scenario: Scenario<W>, worlds: Worlds<W>, courses: readonly Course<W>[]) {
    this.#scenario = scenario
    this.#worlds = worlds
    this.#courses = courses
    this.#situations = new Situations(courses.length)
  }

  async run(): Promise<Walked> {
    this.#go(
      FIRST,
      this.#courses.map(() => START),
    )
    for (;;) {
      const stop = this.#way.at(-1) as Stop
      const move = stop.moves[stop.made]
      if (move !== undefined) {
        stop.made += 1
        const [world, points] = this.#foresee(move, stop) ?? (await this.#see(move, stop))
        this.#go(world, points)
        continue
      }
      if (stop.moves.length === 0) await this.#arrive(stop)
      this.#orders[stop.situation] = stop.orders
      this.#way.pop()
      const before = this.#way.at(-1)
      if (before === undefined) return { orders: stop.orders, situations: this.#situations.size, ends: this.#ends }
      before.orders += stop.orders
    }
  }

  /** What comes of a move, if that is known. */
  #foresee({ operation, index, crash }: Move, { world, points }: Stop): [number, number[]] | null {
    const course = this.#courses[operation] as Course<W>
    const point = points[operation] as number
    const effect = this.#worlds.known(world, course.waiting(point)[index] as number)
    if (effect === undefined) return null
    const next = crash ? CRASHED : course.known(point, index, effect.reply)
    return next === undefined ? null : [effect.state, points.with(operation, next)]
  }

  /** What comes of a move, by making it. */
  async #see({ operation, index, crash }: Move, { world, points }: Stop): Promise<[number, number[]]> {
    const course = this.#courses[operation] as Course<W>
    const point = points[operation] as number
    const step = course.waiting(point)[index] as number
    const { reply, state } = this.#worlds.known(world, step) ?? (await this.#worlds.take(world, step))
    if (crash) return [state, points.with(operation, CRASHED)]
    const next = course.known(point, index, reply) ?? (await course.answer(point, index, reply))
    return [state, points.with(operation, next)]
  }

  /** On to a situation, or only to what is known of it. */
  #go(world: number, points: readonly number[]): void {
    const situation = this.#situations.numberOf(world, points)
    const orders = this.#orders[situation]
    if (orders === UNDER_WAY) throw new Error(`for ever: ${this.#trace()}`)
    if (orders !== undefined) {
      ;(this.#way.at(-1) as Stop).orders += orders
      return
    }
    this.#orders[situation] = UNDER_WAY
    this.#way.push({ situation, world, points, moves: this.#moves(points), made: 0, orders: 0 })
  }

  #moves(points: readonly number[]): readonly Move[] {
    const { inOrder, crashes } = this.#scenario
    let key = 0
    const choices = points.map((point, i) => {
      const waiting = (this.#courses[i] as Course<W>).waiting(point).length
      const choice = inOrder ? Math.min(waiting, 1) : waiting
      key = key * MOST_AT_ONCE + choice
      return choice
    })
    const known = this.#choices.get(key)
    if (known !== undefined) return known
    const moves = choices.flatMap((count, operation) =>
      Array.from({ length: count }, (_, index) => [
        { operation, index, crash: false },
        ...(crashes ? [{ operation, index, crash: true }] : []),
      ]).flat(),
    )
    this.#choices.set(key, moves)
    return moves
  }

  async #arrive(stop: Stop): Promise<void> {
    stop.orders = 1
    const ends = this.#courses.map((course, i) => course.ended(stop.points[i] as number))
    const crashed = ends.map((ended) => ended === null)
    this.#ends.add(inWords([this.#worlds.words(stop.world), ends]))
    try {
      const results = ends.map((ended) => {
        if (ended !== null && 'error' in ended) throw ended.error
        return ended?.value
      })
      await this.#scenario.check(await this.#worlds.rebuild(stop.world), { results, crashed })
    } catch (error) {
      throw new Error(`in the order ${this.#trace()}: ${(error as Error).message}`, { cause: error })
    }
  }

  #trace(): string {
    const steps = this.#way.flatMap(({ points, moves, made }) => {
      const move = moves[made - 1]
      if (move === undefined) return []
      const { operation, index, crash } = move
      const step = (this.#courses[operation] as Course<W>).waiting(points[operation] as number)[index] as number
      return `${operation}:${this.#worlds.step(step).name}${crash ? ` ${operation}:CRASH` : ''}`
    })
    return steps.join(' ')
  }
}
