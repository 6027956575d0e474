/** Two things that many session stores get wrong, to be tried on this one. */
import { inspect, type Outcome, post } from './api.ts'
import { byId, make, show, write } from './dom.ts'
import { logAction } from './log.ts'

const LANES = 10
const RACE_WORK_MS = 60
const SLOW_WORK_MS = 1200
const LOGOUT_AFTER_MS = 300

/** Ten requests at once; then what the store holds of them is counted. */
export async function race(): Promise<void> {
  const run = `run ${new Date().toLocaleTimeString()}`
  const lanes = Array.from({ length: LANES }, (_, i) => make('li', '', String(i)))
  byId('lanes').replaceChildren(...lanes)
  const before = await fieldsNow()
  const outcomes = await Promise.all(
    lanes.map((_, i) => post('/work', { field: `race_${i}`, value: run, ms: String(RACE_WORK_MS) })),
  )
  const after = await fieldsNow()
  const stored = lanes.filter((lane, i) => {
    const isStored = after.get(`race_${i}`) === run
    lane.className = isStored ? 'stored' : 'lost'
    return isStored
  }).length
  const counted = Number(after.get('page_views')) - Number(before.get('page_views'))
  const lost = LANES - Math.min(stored, counted)
  for (const [id, count] of Object.entries({ sent: LANES, stored, counted, lost })) write(`race-${id}`, String(count))
  byId('race-lost').parentElement?.classList.toggle('bad', lost !== 0)
  logAction(
    `Race: ${LANES} requests`,
    outcomes.flatMap(({ reply }) => reply.commands),
  )
  show('race-result', true)
}

/** A slow request that a logout overtakes: its write must not bring the session back. */
export async function crossing(): Promise<void> {
  const story = byId('story')
  const begun = performance.now()
  const tell = (text: string, className = '') => {
    const time = make('time', '', `${((performance.now() - begun) / 1000).toFixed(2)} s`)
    story.append(make('li', className, time, text))
  }
  story.replaceChildren()
  show('crossing-result', true)
  tell('The slow request has gone out.')
  const slow = post('/work', { field: 'slow_write', value: 'too late', ms: String(SLOW_WORK_MS) })
  await new Promise((resolve) => setTimeout(resolve, LOGOUT_AFTER_MS))
  const logout = await post('/logout')
  tell('Logged out: the key is gone, and the cookie with it.')
  const late = await slow
  tell(
    late.reply.stored
      ? 'The slow request has written.'
      : 'The slow request writes, and is told that there is no session.',
  )
  const verdict = await stillLoggedOut(late)
  tell(verdict ? 'Still logged out. Nothing came back.' : 'The session came back.', `verdict ${verdict ? '' : 'bad'}`)
  logAction('Log out, in the middle', logout.reply.commands)
  logAction('The slow request', late.reply.commands)
}

async function stillLoggedOut({ reply }: Outcome): Promise<boolean> {
  return reply.stored === false && (await inspect())?.stored === null
}

async function fieldsNow(): Promise<Map<string, string>> {
  const fields = (await inspect())?.stored?.fields ?? []
  return new Map(fields.map(({ name, value }) => [name, value]))
}
