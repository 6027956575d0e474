/** A line for the terminal, with a button that copies it. */
import { make } from './dom.ts'

const SHOWN_MS = 1500

export function copyLine(line: string): HTMLElement {
  const code = make('code', '', line)
  code.tabIndex = 0
  const button = make('button', '', 'Copy') as HTMLButtonElement
  button.type = 'button'
  button.setAttribute('aria-label', `Copy ${line}`)
  button.addEventListener('click', async () => {
    button.textContent = (await copied(line)) ? 'Copied' : 'Press Ctrl-C'
    if (button.textContent !== 'Copied') getSelection()?.selectAllChildren(code)
    setTimeout(() => (button.textContent = 'Copy'), SHOWN_MS)
  })
  return make('p', '', code, button)
}

/** Browsers give the clipboard to secure contexts only: localhost is one, another host without TLS is not. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
