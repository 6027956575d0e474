/** What happens in a round: drawn by chance, and the same for the same seed. */
import { Chance } from './chance.ts'
import type { Unsteadiness } from './unsteady-client.ts'

export const KINDS = [
  'create',
  'log in',
  'rotate',
  'rotate',
  'rotate with grace',
  'rotate with grace',
  'rotate to the other user',
  'move to the other user',
  'move to the user',
  'leave',
  'change something else',
  'end',
  'expire',
  'find',
] as const

/** When a step begins, and on which server. */
export interface Course {
  /** How many turns of the event loop later than the others it begins. */
  readonly delay: number
  /** Which of the servers runs it. */
  readonly server: number
  readonly unsteadiness: Unsteadiness
}

export interface Step extends Course {
  readonly kind: (typeof KINDS)[number]
  /** Which of the sessions it is about. */
  readonly lineage: number
}

export interface Plan {
  /** How many sessions the user has to begin with. */
  readonly sessions: number
  readonly steps: readonly Step[]
  readonly logout: Course
}

export function planRound(seed: number, servers: number): Plan {
  const chance = new Chance(seed)
  const sessions = 1 + chance.below(3)
  const course = (deaths: number): Course => ({
    delay: chance.below(12),
    server: chance.below(servers),
    unsteadiness: {
      seed: chance.below(1_000_000),
      lag: chance.oneOf([0, 0, 3, 9]),
      death: chance.oneIn(deaths) ? { commands: 1 + chance.below(10), unheard: chance.oneIn(2) } : null,
    },
  })
  const steps = Array.from({ length: 2 + chance.below(4) }, (): Step => {
    return { kind: chance.oneOf(KINDS), lineage: chance.below(sessions), ...course(4) }
  })
  return { sessions, steps, logout: course(12) }
}
