/** The devices panel: the sessions of the same person, each with a way to end it. */
import type { Device } from '../replies.ts'
import { byId, make, show } from './dom.ts'

export function showDevices(devices: readonly Device[]): void {
  show('devices', devices.length > 0)
  const list = byId('device-list')
  const content = JSON.stringify(devices)
  if (list.dataset.shown === content) return // a button under the pointer or in focus stays
  list.dataset.shown = content
  list.replaceChildren(...devices.map(item))
}

function item({ handle, name, current, created_at: created, last_accessed_at: accessed }: Device): HTMLElement {
  const about = `since ${clock(created)}, last seen ${clock(accessed)}, handle ${handle.slice(0, 6)}…`
  const end = current ? make('span', 'here', 'this one') : endForm(handle, name)
  return make('li', 'device', make('strong', '', name), make('span', 'hint', about), end)
}

function endForm(handle: string, name: string): HTMLElement {
  const form = make('form', '') as HTMLFormElement
  form.method = 'post'
  form.action = '/devices/logout'
  form.dataset.action = 'Log out a device'
  const field = make('input', '') as HTMLInputElement
  field.type = 'hidden'
  field.name = 'handle'
  field.value = handle
  const button = make('button', '', 'Log out')
  button.setAttribute('aria-label', `Log out ${name}`)
  form.append(field, button)
  return form
}

function clock(timestamp: string): string {
  return new Date(timestamp).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' })
}
