/** What the demo's page shows in a real browser, whichever engine holds the sessions. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectText, fieldsOf, logIn, press, ticketOf, user } from './acts.ts'
import { type Demo, startDemo } from './demo.ts'
import { ready, Visit, type Visitors } from './visitors.ts'

export type EngineName = 'Redis' | 'memory'

export function describePage(engine: EngineName, args: readonly string[], visitors: () => Visitors): void {
  describe(`the page on ${engine}`, () => {
    let demo: Demo

    beforeAll(async () => {
      demo = await startDemo(...args)
    })
    afterAll(() => demo.stop())

    test('a login puts a ticket in the browser and the data in the store', async (context) => {
      const visit = new Visit(visitors(), context)
      const page = await visit.open(demo)
      await expectText(page, '#notice', 'Nobody is logged in here.')
      await expectText(page, '#engine', engine === 'Redis' ? /Sessions in Redis at / : 'the memory of this process')
      const username = user()
      await logIn(page, username)
      const [cookie, ...others] = await page.context().cookies()
      expect(others).toEqual([])
      expect(cookie).toMatchObject({ name: 'sid', path: '/', httpOnly: true, sameSite: 'Lax', expires: -1 })
      expect(cookie?.value).toMatch(/^[\w-]{43}$/)
      expect(await page.evaluate('document.cookie')).toBe('')
      await expectText(page, '#document-cookie', '""')
      await expectText(page, '#ticket', `${cookie?.value.slice(0, 6)}…`)
      await expectText(page, '#key', `session:${cookie?.value.slice(0, 6)}…`)
      expect(await fieldsOf(page)).toMatchObject({
        username,
        page_views: '1',
        user_agent: expect.stringContaining('Chrome/'),
        session_ttl: '60',
      })
      expect(await page.content()).not.toContain(cookie?.value.slice(0, 10))

      await page.reload()
      await ready(page)
      await page.getByText(`Logged in as ${username}`).waitFor()
      expect((await page.context().cookies())[0]?.value).toBe(cookie?.value)
    })

    test('each button does what it says, and the log what it cost', async (context) => {
      const visit = new Visit(visitors(), context)
      const page = await visit.open(demo)
      await logIn(page)
      await press(page, 'Increment page views')
      await expectText(page, '#notice', 'page_views is 2, and the TTL is back at 60 seconds.')
      await expectText(page, '#page-views', '2')
      expect((await fieldsOf(page)).page_views).toBe('2')
      await press(page, 'Increment page views') // Redis knows the script by now
      await expectText(page, '#notice', 'page_views is 3, and')
      await expectCost(page, engine)

      await page.getByLabel('Change the TTL to').fill('90')
      await press(page, 'Apply')
      await expectText(page, '#notice', 'The TTL is 90 seconds, from now on.')
      await expectText(page, '#configured-ttl', '90')

      const [ticket, handle] = [await ticketOf(page), (await page.locator('#handle').textContent()) ?? '']
      await press(page, 'Rotate the ID')
      await expectText(page, '#previous-handle', handle.slice(0, 6))
      expect(await page.locator('#handle').textContent()).not.toBe(handle)
      expect(await ticketOf(page)).not.toBe(ticket)
      await expectText(page, '#ticket', `${(await ticketOf(page))?.slice(0, 6)}…`)
      expect((await fieldsOf(page)).page_views).toBe('3')

      await press(page, 'Log out')
      await expectText(page, '#notice', 'Logged out')
      await expectText(page, '#no-key', 'No key')
      await expectText(page, '#no-ticket', 'No cookie')
      expect(await ticketOf(page)).toBeUndefined()
    })

    test('the TTL runs down, jumps back, and ends the session by itself', async (context) => {
      const visit = new Visit(visitors(), context)
      const page = await visit.open(demo)
      await logIn(page, user(), '3')
      await page.evaluate(RECORD_SECONDS)
      await expectText(page, '#left', /^[12]$/)
      await press(page, 'Increment page views')
      await expectText(page, '#notice', 'The session has ended: its key is gone')
      const seconds = await page.evaluate<number[]>('seconds')
      expect(seconds.filter((second, i) => second > (seconds[i - 1] ?? 3))).toEqual([3])
      expect(seconds.at(-1)).toBeLessThanOrEqual(1)
      await page.getByRole('button', { name: 'Log in' }).waitFor()
      await expectText(page, '#stale', 'It opens nothing any more.')
    })

    test('two browsers are two devices, and each can end the other', async (context) => {
      const visit = new Visit(visitors(), context)
      const username = user()
      const [mine, phone] = [await visit.open(demo), await visit.open(demo, { userAgent: IPHONE })]
      await logIn(mine, username)
      await logIn(phone, username)
      await expectText(mine, '.device', 'Safari on iPhone')
      expect(await mine.locator('.device strong').allTextContents()).toEqual(['Safari on iPhone', 'Chrome on Linux'])
      await press(mine, 'Log out Safari on iPhone')
      await expectText(phone, '#notice', 'The session has ended')
      await mine.locator('.device').filter({ hasText: 'iPhone' }).waitFor({ state: 'detached' })

      await logIn(phone, username)
      await press(phone, 'Log out the others')
      await expectText(mine, '#notice', 'The session has ended')
      expect(await ticketOf(phone)).toBeDefined()

      await logIn(mine, username)
      await press(mine, 'Log out everywhere')
      await expectText(phone, '#notice', 'The session has ended')
      await expectText(mine, '#no-ticket', 'No cookie')
      expect(await ticketOf(phone)).toBeDefined() // what the page fetches takes no cookie back
      await phone.reload()
      expect(await ticketOf(phone)).toBeUndefined()
    })

    test('of ten writes at once none is lost', async (context) => {
      const visit = new Visit(visitors(), context)
      const page = await visit.open(demo)
      await logIn(page)
      await press(page, 'Send ten at once')
      await expectText(page, '#race-sent', '10')
      await page.locator('#race-result').waitFor()
      const tally = ['sent', 'stored', 'counted', 'lost'].map((each) => page.locator(`#race-${each}`).textContent())
      expect(await Promise.all(tally)).toEqual(['10', '10', '10', '0'])
      expect(await page.locator('.lanes .stored').count()).toBe(10)
      await expectText(page, '#page-views', '11')
      expect(Object.keys(await fieldsOf(page)).filter((name) => name.startsWith('race_'))).toHaveLength(10)
    })

    test('a logout that overtakes a slow write holds', async (context) => {
      const visit = new Visit(visitors(), context)
      const page = await visit.open(demo)
      await logIn(page)
      await press(page, 'Log out in the middle')
      await expectText(page, '#story .verdict', 'Still logged out. Nothing came back.')
      await expectText(page, '#no-key', 'No key')
      expect(await ticketOf(page)).toBeUndefined()
    })
  })
}

/** The latest entry of the log is an increment: one command to read and refresh, one to count. */
async function expectCost(page: Page, engine: EngineName): Promise<void> {
  const entry = page.locator('.entry').first()
  await entry.getByText('Increment', { exact: true }).waitFor()
  expect(await entry.locator('.call').allTextContents()).toEqual(['readSession', 'incrementField'])
  const commands = await entry.locator('.commands code').allTextContents()
  const sent = [expect.stringMatching(/^EVAL/), expect.stringMatching(/ page_views 1$/)]
  expect(commands).toEqual(engine === 'Redis' ? sent : [])
  expect(await page.locator('#log').textContent()).not.toMatch(/[\w-]{40}/)
}

/** Run in the page, it keeps what the ring shows. */
const RECORD_SECONDS = `
  globalThis.seconds = []
  const note = () => seconds.push(Number(document.getElementById('left').textContent))
  new MutationObserver(note).observe(document.getElementById('left'), { childList: true })
`

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'
