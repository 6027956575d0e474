import { afterChange } from '../after-change.ts'
import { CONFLICT, type Engine, type IndexEngine, Moved } from '../engine.ts'
import { type Indexes, seenBy } from './declarations.ts'
import type { Present } from './roll.ts'

export interface EndingParts {
  readonly engine: Engine
  readonly indexEngine: IndexEngine
  readonly indexes: Indexes
}

/**
 * Ends a session found on a list, if it still belongs there as it did when it was looked at; a name held for one is given
 * back. Whether it ended here. If not, it has changed, moved or gone: look at the list again.
 */
export async function endPresent(parts: EndingParts, { name, standing }: Present): Promise<boolean> {
  const { engine, indexEngine, indexes } = parts
  const ended =
    standing.is === 'held'
      ? await engine.end(name)
      : await engine.end(name, seenBy(indexes.placeStored(standing.data), standing.data, new Set()))
  if (ended === CONFLICT || ended instanceof Moved) return false
  await afterChange(Promise.all((ended ?? standing.lists).map((list) => indexEngine.leave(list, name, null))))
  return ended !== null
}
