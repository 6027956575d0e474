/** The page's elements, by the IDs that the server gave them. */

export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`The page has no #${id}`)
  return element as E
}

export function write(id: string, text: string): void {
  const element = byId(id)
  if (element.textContent !== text) element.textContent = text // the same text again would be read out again
}

export function show(id: string, shown: boolean): void {
  byId(id).hidden = !shown
}

/** An element with a class and what is in it: strings become text, never markup. */
export function make(tag: string, className: string, ...content: (string | Node)[]): HTMLElement {
  const element = document.createElement(tag)
  if (className !== '') element.className = className
  element.append(...content)
  return element
}

/** Tells what happened, to screen readers too. */
export function tell(message: string, kind: 'good' | 'error' = 'good'): void {
  byId('notice').classList.toggle('is-error', kind === 'error')
  write('notice', message)
}
