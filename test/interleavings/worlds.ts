/** The states of a world, by number, and what each step does in each of them: seen once, it is known. */
import { mintAs } from './ids.ts'
import { Numbered } from './numbered.ts'
import type { Scenario } from './scenario.ts'
import { frozen, happen, inWords, type Reply, type Step } from './step.ts'

/** What came of a step: a reply and the world's next state, by their numbers. */
export interface Effect {
  readonly reply: number
  readonly state: number
}

interface State<W> {
  readonly words: string
  /** The step that led here first, and from where. */
  readonly from: number
  readonly by: number
  /** What is known of steps, by number. */
  readonly effects: Map<number, Effect>
  /** A world in this state, until a step changes it. */
  world: W | null
}

export const FIRST = 0

export class Worlds<W extends object> {
  readonly #scenario: Pick<Scenario<W>, 'world' | 'describe'>
  readonly #states = new Numbered<State<W>>()
  readonly #steps = new Numbered<Step>()
  readonly #replies = new Numbered<Reply>()

  private constructor(scenario: Pick<Scenario<W>, 'world' | 'describe'>) {
    this.#scenario = scenario
  }

  static async of<W extends object>(scenario: Pick<Scenario<W>, 'world' | 'describe'>): Promise<Worlds<W>> {
    const worlds = new Worlds(scenario)
    await worlds.#add(await firstWorld(scenario), -1, -1)
    return worlds
  }

  numberOf(step: Step): number {
    return this.#steps.numberOf(inWords(step), () => frozen(structuredClone(step)))
  }

  step(number: number): Step {
    return this.#steps.get(number)
  }

  reply(number: number): Reply {
    return this.#replies.get(number)
  }

  words(state: number): string {
    return this.#states.get(state).words
  }

  known(state: number, step: number): Effect | undefined {
    return this.#states.get(state).effects.get(step)
  }

  async take(state: number, step: number): Promise<Effect> {
    const was = this.#states.get(state)
    const world = was.world ?? (await this.rebuild(state))
    was.world = null
    const reply = await happen(world, this.step(step))
    const effect = {
      reply: this.#replies.numberOf(inWords(reply), () => frozen(reply)),
      state: await this.#add(world, state, step),
    }
    was.effects.set(step, effect)
    return effect
  }

  /** A world of one's own in that state. */
  async rebuild(state: number): Promise<W> {
    const steps: Step[] = []
    for (let at = this.#states.get(state); at.from >= 0; at = this.#states.get(at.from)) steps.push(this.step(at.by))
    const world = await firstWorld(this.#scenario)
    for (const step of steps.reverse()) await happen(world, step)
    return world
  }

  async #add(world: W, from: number, by: number): Promise<number> {
    const words = await this.#scenario.describe(world)
    const state = this.#states.numberOf(words, () => ({ words, from, by, effects: new Map(), world }))
    this.#states.get(state).world = world
    return state
  }
}

/** The world as it is when nothing has happened yet. */
export function firstWorld<W extends object>({ world }: Pick<Scenario<W>, 'world'>): Promise<W> {
  mintAs({ number: 0, minted: 0 })
  return world()
}
