/** Brings the page to life: forms without reloading, a look at the store every second, the countdown. */
import type { Inspection, Reply } from '../replies.ts'
import { get, inspect, type Outcome, post } from './api.ts'
import { Countdown } from './countdown.ts'
import { showDevices } from './devices.ts'
import { byId, show, tell, write } from './dom.ts'
import { showHoldings } from './holdings.ts'
import { logAction } from './log.ts'
import { crossing, race } from './trials.ts'

const LOOK_EVERY_MS = 1000
const AWAY_EVERY_MS = 500

const storeName = document.body.dataset.engine === 'redis' ? 'Redis' : 'The store'
const countdown = new Countdown(() => {
  if (!looking) void look()
})
let live = document.body.dataset.state === 'live'
let busy = false
let looking = false
/** Counts actions, so that a look that began before one does not overwrite what it showed. */
let actions = 0
let timer: ReturnType<typeof setTimeout> | undefined

for (const element of document.querySelectorAll<HTMLElement>('[data-script]')) element.hidden = false
for (const element of document.querySelectorAll('[data-no-script]')) element.remove()
document.addEventListener('submit', (event) => {
  event.preventDefault()
  void submit(event.target as HTMLFormElement)
})
byId('race-button').addEventListener('click', () => void run(race))
byId('crossing-button').addEventListener('click', () => void run(crossing, 'Logged out while a request was under way.'))
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void look()
})
if (live) {
  const { status, reply } = await get('/session')
  if (status === 200) logAction('Read the session', reply.commands)
  take({ status, reply })
}
await look()
document.body.dataset.ready = ''

async function submit(form: HTMLFormElement): Promise<void> {
  const action = form.dataset.action ?? ''
  const fields = Object.fromEntries(new FormData(form)) as Record<string, string>
  await run(async () => {
    const outcome = await post(new URL(form.action).pathname, fields)
    logAction(action, outcome.reply.commands)
    take(outcome)
    if (outcome.status === 200) tell(success(action, outcome.reply))
  })
}

/** Runs one action at a time, and then looks at what it has done. */
async function run(action: () => Promise<void>, message?: string): Promise<void> {
  if (busy) return
  busy = true
  actions += 1
  document.body.setAttribute('aria-busy', 'true')
  try {
    await action()
  } finally {
    busy = false
    actions += 1
    document.body.removeAttribute('aria-busy')
  }
  if (message !== undefined) live = false
  await look()
  if (message !== undefined) tell(message)
}

function take({ status, reply }: Outcome): void {
  if (status === 503 || status === 0) return away(reply.error)
  if (reply.error !== undefined) tell(`${reply.error.replace(/\.$/, '')}.`, 'error')
  if (status === 401 || reply.authenticated === false) live = false
  if (reply.authenticated !== true) return
  live = true
  countdown.restart(reply.ttl ?? 0, reply.configured_ttl ?? 0)
  write('handle', shorten(reply.handle ?? ''))
  write('previous-handle', shorten(reply.previous_handle ?? ''))
}

/** Shows what is there now, without refreshing it, and comes back in a while. */
async function look(): Promise<void> {
  looking = true
  const answered = document.hidden || (await lookNow())
  looking = false
  clearTimeout(timer)
  timer = setTimeout(() => void look(), answered ? LOOK_EVERY_MS : AWAY_EVERY_MS)
}

/** Whether the store answered. */
async function lookNow(): Promise<boolean> {
  const before = actions
  const askedAt = performance.now()
  const found = await inspect()
  if (before !== actions) return true
  if (found === null) {
    away()
    return false
  }
  back()
  showAll(found, askedAt)
  return true
}

function showAll(found: Inspection, askedAt: number): void {
  const { stored } = found
  if (stored === null && live) tell('The session has ended: its key is gone, and the ticket opens nothing.', 'error')
  live = stored !== null
  show('start', !live)
  show('session', live)
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-live]')) button.disabled = !live
  showHoldings(found)
  showDevices(found.devices)
  if (stored === null) return countdown.stop()
  const field = (name: string) => stored.fields.find((each) => each.name === name)?.value ?? ''
  countdown.correct(stored, askedAt)
  write('username', field('username'))
  write('page-views', field('page_views'))
  write('configured-ttl', String(stored.configured_ttl))
  write('handle', shorten(stored.handle))
  byId('handle').title = stored.handle
  offerTtl(stored.configured_ttl)
}

function shorten(handle: string): string {
  return handle === '' ? '' : `${handle.slice(0, 6)}…`
}

/** The field for a new TTL shows the present one, unless someone is typing there. */
function offerTtl(configuredTtl: number): void {
  const input = byId<HTMLInputElement>('new-ttl')
  if (input.dataset.offered !== String(configuredTtl) && document.activeElement !== input) {
    input.value = input.dataset.offered = String(configuredTtl)
  }
}

function away(error = `${storeName} is not answering`): void {
  document.body.dataset.away = ''
  tell(`${error}. The ticket stays, and this page asks again by itself.`, 'error')
}

function back(): void {
  if (document.body.dataset.away === undefined) return
  delete document.body.dataset.away
  tell(`${storeName} answers again.`)
}

function success(action: string, reply: Reply): string {
  const ttl = `${reply.configured_ttl} seconds`
  switch (action) {
    case 'Log in':
      return `Logged in: a key in the store, a ticket in the browser, and ${ttl} to live.`
    case 'Increment':
      return `page_views is ${reply.page_views}, and the TTL is back at ${ttl}.`
    case 'Change the TTL':
      return `The TTL is ${ttl}, from now on.`
    case 'Rotate':
      return 'A new ID with the same data. The old one opens nothing any more.'
    case 'Log out':
      return 'Logged out: the key is deleted and the cookie is taken back.'
    default:
      return `${action}: done.`
  }
}
