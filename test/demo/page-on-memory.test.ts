/** The demo's page on the memory engine, and what of it does not depend on the engine. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectText, logIn, press, ticketOf, user } from './acts.ts'
import { compilePage, type Demo, startDemo } from './demo.ts'
import { describePage } from './page.scenarios.ts'
import { launchBrowser, ready, Visit, type Visitors } from './visitors.ts'

let visitors: Visitors

beforeAll(async () => {
  await compilePage()
  visitors = await launchBrowser()
})
afterAll(() => visitors.close())

const MEMORY = ['--engine', 'memory']

describePage('memory', MEMORY, () => visitors)

describe('the page', () => {
  let demo: Demo

  beforeAll(async () => {
    demo = await startDemo(...MEMORY)
  })
  afterAll(() => demo.stop())

  test('markup in a username is text', async (context) => {
    const visit = new Visit(visitors, context)
    const page = await visit.open(demo)
    const username = `<img src=x onerror=alert(1)>${randomUUID().slice(0, 4)}`
    await logIn(page, username)
    expect(await page.locator('#username').textContent()).toBe(username)
    await page.reload()
    await ready(page)
    expect(await page.locator('#username').textContent()).toBe(username)
    expect(await page.locator('img').count()).toBe(0)
  })

  test('without script there are login, increment and logout', async (context) => {
    const visit = new Visit(visitors, context)
    const page = await visit.open(demo, { javaScriptEnabled: false })
    const username = user()
    await logIn(page, username)
    await press(page, 'Increment page views')
    await expectText(page, '#page-views', '2')
    expect(await page.locator('.log, .trials, .devices').filter({ visible: true }).count()).toBe(0)
    await press(page, 'Log out')
    await expectText(page, '#notice', 'Nobody is logged in here.')
    expect(await ticketOf(page)).toBeUndefined()
  })

  test('the keyboard is enough', async (context) => {
    const visit = new Visit(visitors, context)
    const page = await visit.open(demo)
    await page.keyboard.press('Tab')
    await page.getByText('Skip to the session').waitFor()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    const username = user()
    await page.keyboard.type(username)
    await page.keyboard.press('Enter')
    await page.getByText(`Logged in as ${username}`).waitFor()
    await page.getByRole('button', { name: 'Increment page views' }).press('Enter')
    await expectText(page, '#page-views', '2')
  })

  test.for([
    ['a phone', { viewport: { width: 360, height: 740 }, isMobile: true, colorScheme: 'dark' }],
    ['a desk', {}],
  ] as const)('nothing sticks out on %s', async ([, options], context) => {
    const visit = new Visit(visitors, context)
    const page = await visit.open(demo, options)
    const widths = () => page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]')
    const before = await widths()
    await logIn(page, 'x'.repeat(40))
    await press(page, 'Send ten at once')
    await page.locator('#race-result').waitFor()
    for (const [scroll = 0, inner = 0] of [before, await widths()]) expect(scroll).toBeLessThanOrEqual(inner)
  })

  test('the policy is in force', async (context) => {
    const visit = new Visit(visitors, context)
    const page = await visit.open(demo)
    expect(await page.evaluate(INJECTION)).toBe('require-trusted-types-for')
    const response = await page.reload()
    expect(response?.headers()['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; /)
    visit.forgive("This document requires 'TrustedHTML' assignment")
  })
})

/** Run in the page, it tries to write markup, and says which directive forbids it. */
const INJECTION = `new Promise((resolve) => {
  document.addEventListener('securitypolicyviolation', (event) => resolve(event.violatedDirective))
  try {
    document.body.insertAdjacentHTML('beforeend', '<b>written</b>')
  } catch {}
})`
