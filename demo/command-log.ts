/**
 * What each request cost: the calls of the store and the commands that they sent, seen where they leave for Redis.
 * No session ID is in it: of each, only as much as tells two apart.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestHandler } from 'express'
import type { Step } from './replies.ts'
import { shorten } from './ticket.ts'

/** The part of a node-redis client that a store sends its commands through. */
interface Client {
  sendCommand(args: readonly string[], ...rest: unknown[]): Promise<unknown>
}

type Note = { -readonly [K in keyof Step]: Step[K] }

type Method = (...args: unknown[]) => unknown

const LONGEST_WORD = 48
const LONGEST_LINE = 120

export class CommandLog {
  readonly #requests = new AsyncLocalStorage<Step[]>()
  readonly #calls = new AsyncLocalStorage<string>()

  /** Begins a list of its own for each request. */
  readonly middleware: RequestHandler = (_request, _response, next) => this.#requests.run([], next)

  /** What the request under way has cost until now. */
  get steps(): readonly Step[] {
    return this.#requests.getStore() ?? []
  }

  /** The same client, each of whose commands is noted. */
  watchClient<C extends object>(client: C): C {
    return replaceMethods(client, (name, method) => {
      if (name !== 'sendCommand') return method
      const send = method as Client['sendCommand']
      return ((args, ...rest) =>
        this.#note(commandLine(args), () => send(args, ...rest))) as Client['sendCommand'] as Method
    })
  }

  /** The same store, whose calls give the commands that they send their names. */
  nameCalls<S extends object>(store: S): S {
    return replaceMethods(
      store,
      (name, method) =>
        (...args) =>
          this.#calls.run(name, method, ...args),
    )
  }

  /** The same store, each of whose calls is noted: for one that sends no commands. */
  watchCalls<S extends object>(store: S): S {
    return replaceMethods(store, (name, method) => (...args) => {
      const outcome = this.#calls.run(name, method, ...args)
      return outcome instanceof Promise ? this.#calls.run(name, () => this.#note(null, () => outcome)) : outcome
    })
  }

  async #note<T>(command: string | null, run: () => Promise<T>): Promise<T> {
    const step: Note = { call: this.#calls.getStore() ?? '', command, ms: null, failed: false }
    this.#requests.getStore()?.push(step)
    const begun = performance.now()
    try {
      return await run()
    } catch (error) {
      step.failed = true
      throw error
    } finally {
      step.ms = performance.now() - begun
    }
  }
}

/** `EVALSHA 3f9a2c… 1 session:Q4x9fE… page_views 1`: as sent, without IDs and without the text of scripts. */
function commandLine([name = '', ...args]: readonly string[]): string {
  const line = [name, ...args.map((arg, i) => word(name, arg, i))].join(' ')
  return cut(line, LONGEST_LINE)
}

function word(command: string, argument: string, index: number): string {
  if (command === 'EVAL' && index === 0) return '<script>'
  if (command === 'EVALSHA' && index === 0) return cut(argument, 6)
  if (argument === '') return "''"
  return cut(argument.replace(/[\w-]{40,}/g, shorten), LONGEST_WORD) // IDs, handles, and what is sealed with an ID
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text
}

/** Methods run on the object itself, for a proxy has none of its private fields. */
function replaceMethods<T extends object>(object: T, replace: (name: string, method: Method) => Method): T {
  return new Proxy(object, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property)
      return typeof value === 'function' ? replace(String(property), value.bind(target)) : value
    },
  })
}
