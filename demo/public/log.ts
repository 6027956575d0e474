/** The command log: each action, and what it cost. */
import type { Step } from '../replies.ts'
import { byId, make, show } from './dom.ts'

const MOST_ENTRIES = 40
/** Beyond these the lines of an action are folded. */
const MOST_LINES = 8

const onRedis = document.body.dataset.engine === 'redis'

export function logAction(action: string, steps: readonly Step[]): void {
  const log = byId('log')
  const lines = make('ol', 'steps', ...steps.map(line))
  const head = make('p', 'entry-head', make('strong', '', action), make('span', 'cost', cost(steps)))
  const entry = make('li', 'entry', head, steps.length > MOST_LINES ? folded(lines, steps.length) : lines)
  log.prepend(entry)
  log.scrollTop = 0
  while (log.children.length > MOST_ENTRIES) log.lastElementChild?.remove()
  show('log-empty', false)
}

function line({ call, command, ms, failed }: Step): HTMLElement {
  const head = [
    make('span', 'call', call),
    make('span', failed ? 'failed' : 'ms', failed ? 'failed' : `${ms.toFixed(2)} ms`),
  ]
  return make('li', '', ...head, ...(command === null ? [] : [make('code', '', command)]))
}

function cost(steps: readonly Step[]): string {
  const one = onRedis ? 'command' : 'call'
  return `${steps.length} ${steps.length === 1 ? one : `${one}s`}`
}

function folded(lines: HTMLElement, count: number): HTMLElement {
  return make('details', '', make('summary', '', `The ${count} lines`), lines)
}
