/**
 * Who runs where. The measured server has a processor to itself, and Redis and the load share another, as if they were on
 * other machines: else what is measured is how the system places three busy processes on two processors. Needs `taskset`
 * (util-linux) and two processors; without them everybody runs anywhere.
 */
import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

const SERVER = '0'
const OTHERS = '1'
const CAN_PLACE = availableParallelism() > 1 && hasTaskset()

/** For the line above a table. */
export const PLACES: string = CAN_PLACE ? 'the server on a processor of its own' : 'all on the same processors'

/** The command line that runs the measured server. */
export function onServersProcessor(command: string, args: readonly string[]): [string, string[]] {
  return CAN_PLACE ? ['taskset', ['-c', SERVER, command, ...args]] : [command, [...args]]
}

/** Moves a process with all its threads away from the measured server's processor; what it starts from then on stays there. */
export function moveAway(pid: number | undefined): void {
  if (CAN_PLACE) execFileSync('taskset', ['-a', '-c', '-p', OTHERS, String(pid)], { stdio: 'ignore' })
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['-c', SERVER, 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
