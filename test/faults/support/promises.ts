/** What every scenario has to show in the end. */
import { expect } from 'vitest'
import { RedisSessionStore } from '../../../src/index.ts'
import { audit } from '../../support/redis/auditor.ts'
import type { Load, Report } from './load.ts'

export const COMMAND_TIMEOUT = 300

/** A healthy server gets all the time it needs. */
const PATIENCE = 15_000
export const PREFIX = 'faults:'
const INDEXES = { user_id: true } as const

/** A store with a deadline that tells, and one for looking afterwards. */
export function storesOn(client: object, commandTimeout = COMMAND_TIMEOUT) {
  const options = { client, prefix: PREFIX, indexes: INDEXES }
  return {
    store: new RedisSessionStore({ ...options, commandTimeout }),
    patient: new RedisSessionStore({ ...options, commandTimeout: PATIENCE }),
  }
}

export interface Afterwards {
  /** The URLs of the masters. */
  readonly masters: readonly string[]
  readonly patient: RedisSessionStore
  /** From when on acknowledged writes may be lost, by `performance.now()`. Default: never. */
  readonly lossFrom?: number
}

/** Ends the load and holds what it reports, and what stands in Redis, against the promises. */
export async function expectPromisesKept(load: Load, { masters, patient, lossFrom }: Afterwards): Promise<Report> {
  const report = await load.stop(patient)
  expect(report.violations).toEqual([])
  expect(report.late).toEqual([])
  expect(report.losses.filter(({ at }) => at < (lossFrom ?? Number.POSITIVE_INFINITY))).toEqual([])
  const { complaints } = await audit(masters, {
    prefix: PREFIX,
    // What a failover loses may be an entry, too.
    indexes: lossFrom === undefined ? ['user_id'] : [],
    readList: (criteria) => patient.countSessions(criteria),
  })
  expect(complaints).toEqual([])
  return report
}
