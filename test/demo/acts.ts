/** What visitors do on the demo's page, and what they see there. */
import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'

export async function logIn(page: Page, username = user(), ttl = '60'): Promise<void> {
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('TTL').first().fill(ttl)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByText(`Logged in as ${username}`).waitFor()
}

export function user(): string {
  return `andrew-${randomUUID().slice(0, 8)}`
}

/** Waits until the element says so. */
export function expectText(page: Page, selector: string, text: string | RegExp): Promise<unknown> {
  return page.locator(selector).filter({ hasText: text }).waitFor()
}

export async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click()
}

export async function ticketOf(page: Page): Promise<string | undefined> {
  const cookies = await page.context().cookies()
  return cookies.find(({ name }) => name === 'sid')?.value
}

export async function fieldsOf(page: Page): Promise<Record<string, string>> {
  const rows = await page.locator('#fields tr').all()
  const cells = await Promise.all(rows.map((row) => row.locator('th, td').allTextContents()))
  return Object.fromEntries(cells.map(([name, value]) => [name, value]))
}
