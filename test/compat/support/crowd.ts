import { gate } from '../../support/http/gate.ts'

/** A gate for so many requests: `complete` resolves when all of them wait. */
export interface Crowd {
  readonly complete: Promise<void>
  /** Waits until the gate is opened. */
  pass(): Promise<void>
  open(): void
}

export function crowd(size = 1): Crowd {
  const complete = gate()
  const exit = gate()
  let waiting = 0
  return {
    complete: complete.opened,
    pass() {
      waiting += 1
      if (waiting === size) complete.open()
      return exit.opened
    },
    open: exit.open,
  }
}
