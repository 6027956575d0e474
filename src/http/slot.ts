/**
 * Something of ours on an object that is another's, such as a request. What a `WeakMap` is for; but an entry in one keeps
 * the garbage collector busier than all the rest of a request keeps the processor.
 */
export class Slot<Owner extends object, Value> {
  readonly #key = Symbol('sojourn')

  get(owner: Owner): Value | undefined {
    return (owner as Record<symbol, Value | undefined>)[this.#key]
  }

  set(owner: Owner, value: Value): void {
    ;(owner as Record<symbol, Value | undefined>)[this.#key] = value
  }
}
