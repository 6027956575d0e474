/** An operation under way, all by itself: it waits with its steps until it is told what they reply. */
import { type Minter, mintAs } from './ids.ts'
import type { Operation } from './scenario.ts'
import type { Reply, Step } from './step.ts'

interface Waiting {
  readonly step: Step
  answer(reply: Reply): void
}

/** Known without asking, so no step. */
const KNOWN: readonly (string | symbol)[] = ['now']

export class Running {
  /** The steps that it waits with, in the order in which it took them. */
  readonly waiting: Waiting[] = []
  /** How it ended, if it has. */
  ended: Reply | null = null
  readonly #minter: Minter
  #place = ''

  private constructor(number: number) {
    this.#minter = { number, minted: 0 }
  }

  /** The world is only looked at for what never changes in it. */
  static async start<W extends object>(operation: Operation<W>, number: number, world: W): Promise<Running> {
    const running = new Running(number)
    await running.#until(() => {
      const result = operation(
        world,
        (part) => running.#gate(part, nameOf(part, world)),
        (place) => {
          running.#place = place
        },
      )
      result.then((value) => running.#end({ value })).catch((error) => running.#end({ error }))
    })
    return running
  }

  /** What tells it apart from others that wait with the same steps, besides what it has learned. */
  get place(): string {
    return `${this.#place} ${this.#minter.minted}`
  }

  /** Tells it the reply of one of the steps that it waits with. */
  async answer(index: number, reply: Reply): Promise<void> {
    const [answered] = this.waiting.splice(index, 1)
    await this.#until(() => answered?.answer(reply))
  }

  /**
   * Runs it until it can do no more by itself. It waits for nothing but steps, so all that it does meanwhile is done in promises,
   * and the event loop does not turn before they are through.
   */
  async #until(goOn: () => void): Promise<void> {
    mintAs(this.#minter)
    goOn()
    await new Promise((resolve) => setImmediate(resolve))
    if (this.ended === null && this.waiting.length === 0) throw new Error('an operation waits for what is no step')
  }

  #end(ended: Reply): void {
    this.ended = ended
  }

  #gate<E extends object>(part: E, name: string): E {
    return new Proxy(part, {
      get: (_, member) => {
        const value = Reflect.get(part, member)
        if (typeof value !== 'function') return value
        if (KNOWN.includes(member)) return value.bind(part)
        return (...args: unknown[]) => this.#wait({ part: name, name: String(member), args })
      },
      set: () => true,
    })
  }

  #wait(step: Step): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const answer = (reply: Reply) => ('error' in reply ? reject(reply.error) : resolve(reply.value))
      this.waiting.push({ step, answer })
    })
  }
}

function nameOf(part: object, world: object): string {
  if (part === world) return ''
  const found = Object.entries(world).find(([, value]) => value === part)
  if (found === undefined) throw new Error('only the world and its parts go through the gate')
  return found[0]
}
