/** `npm run screenshots`: the pictures in docs/images, of the demo as it runs now. Flags go to the demo. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url))
const DESK = { viewport: { width: 1280, height: 1010 }, deviceScaleFactor: 1.5 }
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true }
const MARGIN = 8
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1'

const server = spawn(
  process.execPath,
  [fileURLToPath(new URL('server.js', import.meta.url)), '--port', '0', ...process.argv.slice(2)],
  { stdio: ['ignore', 'pipe', 'inherit'] },
)
const [line] = (await once(createInterface(server.stdout), 'line')) as [string]
const origin = /http:\S+:\d+/.exec(line)?.[0] ?? ''

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--headless', '--disable-gpu'],
})
mkdirSync(folder, { recursive: true })
await visit(browser, { userAgent: IPHONE })
for (const colorScheme of ['light', 'dark'] as const) {
  const page = await visit(browser, { ...DESK, colorScheme })
  await use(page)
  await save(page, `demo-${colorScheme}`, '.masthead', '.desk')
  await press(page, 'Log out')
}
const phone = await visit(browser, { ...PHONE, userAgent: IPHONE })
await phone.locator('#left', { hasText: '59' }).waitFor()
await save(phone, 'demo-phone')
await press(phone, 'Log out')

const trials = await visit(browser, DESK)
await press(trials, 'Send ten at once')
await trials.locator('#race-result').waitFor()
await press(trials, 'Log out in the middle')
await trials.locator('#story .verdict').waitFor()
await press(trials, 'Log in')
await trials.locator('.device').first().waitFor()
await save(trials, 'demo-trials', '.trials', '.devices')
await browser.close()
server.kill('SIGTERM')

async function visit(chrome: Browser, options: BrowserContextOptions): Promise<Page> {
  const context = await chrome.newContext(options)
  const page = await context.newPage()
  await page.goto(origin)
  await page.locator('body[data-ready]').waitFor()
  await press(page, 'Log in')
  await page.getByText('Logged in as andrew').waitFor()
  return page
}

async function use(page: Page): Promise<void> {
  for (const views of ['2', '3']) {
    await press(page, 'Increment page views')
    await page.locator('#page-views', { hasText: views }).waitFor()
  }
  await press(page, 'Rotate the ID')
  await page.locator('#previous-handle', { hasText: '…' }).waitFor()
  await page.locator('#left', { hasText: '52' }).waitFor() // a ring that is on its way
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click()
}

/** What is on screen, or all from one element to another, as WebP, which the browser writes by itself. */
async function save(page: Page, name: string, first?: string, last?: string): Promise<void> {
  await page.mouse.move(0, 0)
  await page.evaluate('scrollTo(0, 0)')
  const session = await page.context().newCDPSession(page)
  const clip =
    first === undefined || last === undefined
      ? {}
      : { captureBeyondViewport: true, clip: await region(page, first, last) }
  const { data } = await session.send('Page.captureScreenshot', {
    format: 'webp',
    quality: 82,
    ...clip,
  })
  writeFileSync(`${folder}${name}.webp`, Buffer.from(data, 'base64'))
}

async function region(page: Page, first: string, last: string) {
  const [top, bottom] = await Promise.all([page.locator(first).boundingBox(), page.locator(last).boundingBox()])
  const y = Math.max(0, (top?.y ?? 0) - MARGIN)
  return {
    x: 0,
    y,
    width: DESK.viewport.width,
    height: (bottom?.y ?? 0) + (bottom?.height ?? 0) + MARGIN - y,
    scale: 1,
  }
}
