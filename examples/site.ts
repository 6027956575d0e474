/** What the examples have in common beside their sessions: a page, the body of its login, and an address. */
import type { AddressInfo } from 'node:net'
import { place } from './store.ts'

export const port: number = Number(process.env['PORT'] ?? 3000)

/** Says where the server listens. */
export function announce(address: AddressInfo | string | null): void {
  console.log(`http://localhost:${(address as AddressInfo).port} is ready, with its sessions in ${place}`)
}

/** The name in the body of a login, `{ "username": "andrew" }`; `null` when there is none. */
export function usernameIn(body: unknown): string | null {
  const { username } = (body ?? {}) as { username?: unknown }
  return typeof username === 'string' && username !== '' && username.length <= 40 ? username : null
}

export const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>sojourn</title>
<link rel="icon" href="data:,">
<form><input name="username" value="andrew" aria-label="Username" maxlength="40" required> <button>Log in</button></form>
<button id="visit">Visit</button> <button id="logout">Log out</button>
<pre></pre>
<script>
  const show = async (path, options) => {
    const response = await fetch(path, options)
    document.querySelector('pre').textContent = path + ' → ' + response.status + ' ' + (await response.text())
  }
  const post = (path, body) =>
    show(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  document.querySelector('form').onsubmit = (event) => {
    event.preventDefault()
    post('/login', { username: event.target.username.value })
  }
  document.querySelector('#visit').onclick = () => post('/visit', {})
  document.querySelector('#logout').onclick = () => post('/logout', {})
  show('/me')
</script>
`
