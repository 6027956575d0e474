/** Side by side: what the browser holds and what the store holds. */
import type { Inspection, StoredField, StoredSession } from '../replies.ts'
import { copyLine } from './copy.ts'
import { byId, make, show, write } from './dom.ts'

let previous = new Map<string, string>()

export function showHoldings({ ticket, stored }: Inspection): void {
  show('no-ticket', ticket === null)
  show('ticket-view', ticket !== null)
  show('stale', ticket !== null && stored === null)
  write('ticket', ticket ?? '')
  write('document-cookie', JSON.stringify(document.cookie))
  show('no-key', stored === null)
  show('key-view', stored !== null)
  if (stored === null) previous = new Map()
  else showKey(stored)
}

function showKey({ key, fields, cli }: StoredSession): void {
  write('key', key)
  const values = new Map(fields.map(({ name, value }) => [name, value]))
  if (!same(values, previous)) byId('fields').replaceChildren(...fields.map(row))
  previous = values
  const lines = byId('cli')
  lines.hidden = cli.length === 0
  if (lines.dataset.shown !== cli.join()) lines.replaceChildren(...cli.map(copyLine))
  lines.dataset.shown = cli.join()
}

function row({ name, value, kind, reserved }: StoredField): HTMLElement {
  const header = make('th', '', name)
  header.setAttribute('scope', 'row')
  const changed = previous.size > 0 && previous.get(name) !== value
  const classes = [reserved ? 'reserved' : '', changed ? 'changed' : ''].join(' ').trim()
  const content = make('span', 'value', value)
  content.title = value
  return make('tr', classes, header, make('td', '', content), make('td', '', kind))
}

function same(one: Map<string, string>, other: Map<string, string>): boolean {
  return one.size === other.size && [...one].every(([name, value]) => other.get(name) === value)
}
