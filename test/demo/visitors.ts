/** Real browsers for tests of the page. What their consoles complain about fails the test. */
import { type Browser, type BrowserContextOptions, type ConsoleMessage, chromium, type Page } from 'playwright-core'
import type { TestContext } from 'vitest'
import type { Demo } from './demo.ts'

export async function launchBrowser(): Promise<Visitors> {
  const chrome = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--headless', '--disable-gpu', '--disable-background-networking'],
  })
  return new Visitors(chrome)
}

/** Each visitor is a browser with its own cookies. Starting one takes a second, so tests hand them on, empty. */
export class Visitors {
  readonly #chrome: Browser
  readonly #waiting = new Map<string, Page[]>()

  constructor(chrome: Browser) {
    this.#chrome = chrome
  }

  async take(options: BrowserContextOptions): Promise<Page> {
    const page = this.#pagesWith(options).pop()
    if (page === undefined) return (await this.#chrome.newContext({ reducedMotion: 'reduce', ...options })).newPage()
    await page.context().clearCookies()
    return page
  }

  async giveBack(page: Page, options: BrowserContextOptions): Promise<void> {
    await page.goto('about:blank')
    this.#pagesWith(options).push(page)
  }

  close(): Promise<void> {
    return this.#chrome.close()
  }

  #pagesWith(options: BrowserContextOptions): Page[] {
    const key = JSON.stringify(options)
    const pages = this.#waiting.get(key) ?? []
    this.#waiting.set(key, pages)
    return pages
  }
}

/** What one test does with visitors. */
export class Visit {
  readonly #visitors: Visitors
  readonly #leave: (() => Promise<void>)[] = []
  #complaints: string[] = []

  constructor(visitors: Visitors, { onTestFinished }: TestContext) {
    this.#visitors = visitors
    onTestFinished(() => this.#end())
  }

  /** Another visitor, with the demo's page open. */
  async open(demo: Demo, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.#visitors.take(options)
    const onConsole = (message: ConsoleMessage) => message.type() === 'error' && this.#complaints.push(message.text())
    const onError = (error: Error) => this.#complaints.push(String(error))
    page.on('console', onConsole).on('pageerror', onError)
    this.#leave.push(async () => {
      page.off('console', onConsole).off('pageerror', onError)
      await this.#visitors.giveBack(page, options)
    })
    await page.goto(demo.origin)
    if (options.javaScriptEnabled !== false) await ready(page)
    return page
  }

  /** The test meant the console to complain of this. */
  forgive(complaint: string): void {
    this.#complaints = this.#complaints.filter((each) => !each.includes(complaint))
  }

  async #end(): Promise<void> {
    for (const leave of this.#leave) await leave()
    if (this.#complaints.length > 0) throw new Error(`The console complained: ${this.#complaints.join('; ')}`)
  }
}

/** The page's script has shown what there is. */
export function ready(page: Page): Promise<void> {
  return page.locator('body[data-ready]').waitFor()
}
