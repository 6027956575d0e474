/** A store whose calls a test sees, holds up, and lets fail. */
import { type SessionStore, StoreUnavailableError } from '../../src/index.ts'
import { gate } from '../support/http/gate.ts'

export type Method =
  | 'createSession'
  | 'readSession'
  | 'updateSession'
  | 'incrementField'
  | 'rotateSession'
  | 'deleteSession'

export interface Probe {
  readonly store: SessionStore
  /** What was asked of the store since the last look: names and arguments. */
  calls(): [method: string, ...args: unknown[]][]
  /** From now on this call fails before it reaches the store, until `mend`. */
  fail(method: Method, error?: Error): void
  mend(): void
  /** The next such call waits before it is sent. Resolves when it has come that far, with what lets it go on. */
  hold(method: Method): Promise<() => void>
}

export function probe(store: SessionStore): Probe {
  let calls: [string, ...unknown[]][] = []
  const failing = new Map<string, Error>()
  const held = new Map<string, { reach(): void; released: Promise<void> }>()

  const watched = new Proxy(store, {
    get(target, name) {
      const member = Reflect.get(target, name, target)
      if (typeof name !== 'string' || typeof member !== 'function') return member
      if (name === 'recallSession') return member.bind(target) // asks nobody, so there is nothing to hold up or let fail
      if (name === 'findSessions') return member.bind(target) // an iteration, not a call that is over with its promise
      return async (...args: unknown[]) => {
        calls.push([name, ...args])
        const hold = held.get(name)
        held.delete(name)
        hold?.reach()
        await hold?.released
        if (failing.has(name)) throw failing.get(name)
        return member.apply(target, args)
      }
    },
  })
  return {
    store: watched,
    calls() {
      const seen = calls
      calls = []
      return seen
    },
    fail: (method, error = new StoreUnavailableError('Redis failed: for a test')) => void failing.set(method, error),
    mend: () => failing.clear(),
    hold(method) {
      const [reached, released] = [gate(), gate()]
      held.set(method, { reach: reached.open, released: released.opened })
      return reached.opened.then(() => released.open)
    },
  }
}
