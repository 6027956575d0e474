/** The demo's page in a real browser. */
import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type RedisServer, startRedis } from '../support/redis/server.ts'
import { compilePage, type Demo, startDemo } from './demo.ts'
import { launchBrowser, ready, Visit, type Visitors } from './visitors.ts'

const DATABASE = 12

let visitors: Visitors

beforeAll(async () => {
  await compilePage()
  visitors = await launchBrowser()
})
afterAll(() => visitors.close())

async function logIn(page: Page, username = user(), ttl = '60'): Promise<void> {
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('TTL').first().fill(ttl)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByText(`Logged in as ${username}`).waitFor()
}

function user(): string {
  return `andrew-${randomUUID().slice(0, 8)}`
}

/** Waits until the element says so. */
function expectText(page: Page, selector: string, text: string | RegExp): Promise<unknown> {
  return page.locator(selector).filter({ hasText: text }).waitFor()
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click()
}

async function ticketOf(page: Page): Promise<string | undefined> {
  const cookies = await page.context().cookies()
  return cookies.find(({ name }) => name === 'sid')?.value
}

async function fieldsOf(page: Page): Promise<Record<string, string>> {
  const rows = await page.locator('#fields tr').all()
  const cells = await Promise.all(rows.map((row) => row.locator('th, td').allTextContents()))
  return Object.fromEntries(cells.map(([name, value]) => [name, value]))
}

const engines = {
  Redis: () => ['--redis-url', `${inject('redis').url}/${DATABASE}`],
  memory: () => ['--engine', 'memory'],
}

describe.each(Object.entries(engines))('on %s', (engine, args) => {
  let demo: Demo

  beforeAll(async () => {
    demo = await startDemo(...args())
  })
  afterAll(() => demo.stop())

  test('a login puts a ticket in the browser and the data in the store', async (context) => {
    const visit = new Visit(visitors, context)
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
  })

  test('each button does what it says', async (context) => {
    const visit = new Visit(visitors, context)
    const page = await visit.open(demo)
    await logIn(page)
    await press(page, 'Increment page views')
    await expectText(page, '#notice', 'page_views is 2, and the TTL is back at 60 seconds.')
    await expectText(page, '#page-views', '2')
    expect((await fieldsOf(page)).page_views).toBe('2')

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
    expect((await fieldsOf(page)).page_views).toBe('2')

    await press(page, 'Log out')
    await expectText(page, '#notice', 'Logged out')
    await expectText(page, '#no-key', 'No key')
    await expectText(page, '#no-ticket', 'No cookie')
    expect(await ticketOf(page)).toBeUndefined()
  })

  test('what an action cost is in the log, and no ID', async (context) => {
    const visit = new Visit(visitors, context)
    const page = await visit.open(demo)
    await logIn(page)
    await press(page, 'Increment page views')
    const entry = page.locator('.entry').first()
    await entry.getByText('Increment', { exact: true }).waitFor()
    expect(await entry.locator('.call').allTextContents()).toEqual(['readSession', 'incrementField'])
    const commands = await entry.locator('.commands code').allTextContents()
    if (engine === 'Redis')
      expect(commands).toEqual([expect.stringMatching(/^EVAL/), expect.stringMatching(/ page_views 1 /)])
    else expect(commands).toEqual([])
    expect(await page.locator('#log').textContent()).not.toMatch(/[\w-]{40}/)
  })

  test('the TTL runs down, jumps back, and ends the session by itself', async (context) => {
    const visit = new Visit(visitors, context)
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

  test('a reload finds the session and refreshes it', async (context) => {
    const visit = new Visit(visitors, context)
    const page = await visit.open(demo)
    const username = user()
    await logIn(page, username)
    await page.reload()
    await ready(page)
    await page.getByText(`Logged in as ${username}`).waitFor()
    await expectText(page, '#left', /^(60|59)$/)
  })

  test('two browsers are two devices, and each can end the other', async (context) => {
    const visit = new Visit(visitors, context)
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
  })

  test('of ten writes at once none is lost', async (context) => {
    const visit = new Visit(visitors, context)
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
    const visit = new Visit(visitors, context)
    const page = await visit.open(demo)
    await logIn(page)
    await press(page, 'Log out in the middle')
    await expectText(page, '#story .verdict', 'Still logged out. Nothing came back.')
    await expectText(page, '#no-key', 'No key')
    expect(await ticketOf(page)).toBeUndefined()
  })
})

describe('on Redis', () => {
  let redis: RedisServer
  let demo: Demo

  beforeAll(async () => {
    redis = await startRedis()
    demo = await startDemo('--redis-port', String(redis.port), '--absolute-ttl', '3600')
  })
  afterAll(async () => {
    await demo.stop()
    await redis.stop()
  })

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
    ['a desk', { viewport: { width: 1280, height: 900 } }],
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

  test('the lines to copy find the session', async (context) => {
    const visit = new Visit(visitors, context)
    const page = await visit.open(demo)
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await logIn(page)
    await page.getByRole('button', { name: /^Copy .* HGETALL/ }).click()
    await expectText(page, '.cli', 'Copied')
    const line = await page.evaluate('navigator.clipboard.readText()')
    const id = (await ticketOf(page)) ?? ''
    expect(line).toBe(
      `redis-cli -p ${redis.port} HGETALL "$(redis-cli -p ${redis.port} --scan --pattern 'session:${id.slice(0, 6)}*')"`,
    )
    expect(await redis.cli('--scan', '--pattern', `session:${id.slice(0, 6)}*`)).toBe(`session:${id}`)
  })

  test('what others do in Redis is seen', async (context) => {
    const visit = new Visit(visitors, context)
    const page = await visit.open(demo)
    await logIn(page)
    const key = `session:${await ticketOf(page)}`
    await redis.cli('HSET', key, 'theme', 'dark')
    await expectText(page, '#fields', 'theme')
    await redis.cli('DEL', key)
    await expectText(page, '#notice', 'The session has ended')
  })

  test('the lifetime that nothing extends is shown beside the TTL', async (context) => {
    const visit = new Visit(visitors, context)
    const page = await visit.open(demo)
    await logIn(page)
    await expectText(page, '#absolute-left', /^(59:5\d|1:00:00)$/)
  })

  test('Redis goes away and comes back, and the page says so', async (context) => {
    const visit = new Visit(visitors, context)
    const page = await visit.open(demo)
    await logIn(page)
    redis.process.kill('SIGSTOP')
    await expectText(page, '#notice', 'Redis is not answering. The ticket stays')
    await press(page, 'Increment page views')
    await expectText(page, '#notice', 'Redis is not answering. The ticket stays')
    redis.process.kill('SIGCONT')
    await expectText(page, '#notice', 'Redis answers again.')
    await press(page, 'Increment page views')
    await expectText(page, '#notice', /^page_views is \d, /)

    await redis.kill()
    await expectText(page, '#notice', 'Redis is not answering. The ticket stays')
    await redis.restart({ empty: true })
    await expectText(page, '#notice', 'The session has ended')
    await logIn(page)
    visit.forgive('503 (Service Unavailable)')
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

/** Run in the page, it keeps what the ring shows. */
const RECORD_SECONDS = `
  globalThis.seconds = []
  const note = () => seconds.push(Number(document.getElementById('left').textContent))
  new MutationObserver(note).observe(document.getElementById('left'), { childList: true })
`

/** Run in the page, it tries to write markup, and says which directive forbids it. */
const INJECTION = `new Promise((resolve) => {
  document.addEventListener('securitypolicyviolation', (event) => resolve(event.violatedDirective))
  try {
    document.body.insertAdjacentHTML('beforeend', '<b>written</b>')
  } catch {}
})`

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'
