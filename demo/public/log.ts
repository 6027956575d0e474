/** The command log: each action, and what it cost. */
import type { Step } from '../replies.ts'
import { byId, make, show } from './dom.ts'

const MOST_ENTRIES = 40
/** Beyond these the commands of an action are folded. */
const MOST_LINES = 10

const onRedis = document.body.dataset.engine === 'redis'

export function logAction(action: string, steps: readonly Step[]): void {
  const log = byId('log')
  const head = make('p', 'entry-head', make('strong', '', action), make('span', 'cost', cost(steps)))
  const calls = make('ul', 'calls', ...groupsOf(steps).map(call))
  log.prepend(make('li', 'entry', head, steps.length > MOST_LINES ? folded(calls, steps.length) : calls))
  log.scrollTop = 0
  while (log.children.length > MOST_ENTRIES) log.lastElementChild?.remove()
  show('log-empty', false)
}

/** The steps of one call of the store after another. */
function groupsOf(steps: readonly Step[]): Step[][] {
  const groups: Step[][] = []
  for (const step of steps) {
    const group = groups.at(-1)
    if (group?.[0]?.call === step.call && step.command !== null) group.push(step)
    else groups.push([step])
  }
  return groups
}

function call(steps: readonly Step[]): HTMLElement {
  const [first] = steps
  const name = make('span', 'call', first?.call ?? '')
  if (first === undefined || first.command === null) return make('li', 'line', name, ...steps.map(time))
  return make('li', '', name, make('ol', 'commands', ...steps.map(commandLine)))
}

function commandLine(step: Step): HTMLElement {
  const command = make('code', '', step.command ?? '')
  command.title = step.command ?? ''
  return make('li', 'line', command, time(step))
}

function time({ ms, failed }: Step): HTMLElement {
  if (ms === null) return make('span', 'failed', 'no answer')
  return failed ? make('span', 'failed', 'failed') : make('span', 'ms', `${ms.toFixed(2)} ms`)
}

function cost(steps: readonly Step[]): string {
  const one = onRedis ? 'command' : 'call'
  return `${steps.length} ${steps.length === 1 ? one : `${one}s`}`
}

function folded(lines: HTMLElement, count: number): HTMLElement {
  return make('details', '', make('summary', '', `All ${count}`), lines)
}
