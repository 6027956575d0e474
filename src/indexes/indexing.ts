/** A store's indexes, put together. */
import type { Engine, IndexEngine } from '../engine.ts'
import { InvalidArgumentError } from '../errors.ts'
import { type IndexDeclarations, Indexes } from './declarations.ts'
import { Membership } from './membership.ts'
import { Roll } from './roll.ts'
import { Search } from './search.ts'
import { type SessionLimitDeclarations, SessionLimits } from './session-limits.ts'

export interface Indexing {
  readonly indexes: Indexes
  /** `null` without indexes: sessions are then written without any regard to them. */
  readonly membership: Membership | null
  readonly search: Search
}

/** @throws {InvalidArgumentError} when a declaration is wrong */
export function openIndexing(
  engine: Engine,
  indexEngine: IndexEngine,
  declarations: IndexDeclarations | undefined,
  limitDeclarations: SessionLimitDeclarations | undefined,
): Indexing {
  const indexes = new Indexes(declarations)
  const roll = new Roll(engine, indexEngine, indexes)
  const parts = { engine, indexEngine, indexes, roll }
  const limits = new SessionLimits(limitDeclarations, parts)
  return {
    indexes,
    membership: indexes.isEmpty ? null : new Membership({ ...parts, limits }),
    search: new Search(parts),
  }
}

/** Refuses what only a store with indexes can do. */
export function needsIndexes(membership: Membership | null): Membership {
  if (membership !== null) return membership
  throw new InvalidArgumentError('the store has no indexes: declare some with the option `indexes`')
}
