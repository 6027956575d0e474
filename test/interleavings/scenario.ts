/** What is run: operations in a world, and what must hold afterwards. */
import type { Reply, Step } from './step.ts'

export interface Scenario<W extends object> {
  /** A world of its own each time, and the same each time. Steps change it and nothing else does. */
  world(): Promise<W>
  /** All that the world holds, in words. What is left out must never make a difference to what a step does. */
  describe(world: W): Promise<string>
  operations: readonly Operation<W>[]
  /** What must hold in the end. The world is the check's own. */
  check(world: W, outcome: Outcome): Promise<void>
  /** Whether an operation may also stop for good after any of its steps. Default `false`. */
  crashes?: boolean
  /**
   * Whether the steps that an operation takes at once happen in the order in which it takes them, as on one connection.
   * Default `false`: in any order, as on the nodes of a cluster.
   */
  inOrder?: boolean
}

/** Works on a world in steps. All that it does follows from what its steps replied. */
export interface Operation<W> {
  (world: W, gate: Gate, note: Note): Promise<unknown>
  /** What the operation still goes by, of all that it has learned, while it waits with these steps. Default: all of it. */
  readonly keeps?: Keeps | undefined
}

/** Turns the methods of a part of the world, or of the world itself, into steps. */
export type Gate = <E extends object>(part: E) => E

/** Where an operation is, for one that does the same thing several times and could not tell otherwise. */
export type Note = (place: string) => void

export type Keeps = (learned: readonly Learned[], waiting: readonly Step[]) => readonly Learned[]

/** A step that an operation has taken, and what it replied. */
export interface Learned {
  readonly step: Step
  readonly reply: Reply
}

export interface Outcome {
  /** What each operation returned; `undefined` if it crashed. */
  readonly results: readonly unknown[]
  readonly crashed: readonly boolean[]
}
