/** The demo's page on Redis, and what Redis has to do with it. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type RedisServer, startRedis } from '../support/redis/server.ts'
import { expectText, logIn, press, ticketOf } from './acts.ts'
import { compilePage, type Demo, startDemo } from './demo.ts'
import { describePage } from './page.scenarios.ts'
import { launchBrowser, Visit, type Visitors } from './visitors.ts'

let visitors: Visitors

beforeAll(async () => {
  await compilePage()
  visitors = await launchBrowser()
})
afterAll(() => visitors.close())

const DATABASE = 12

describePage('Redis', ['--redis-url', `${inject('redis').url}/${DATABASE}`], () => visitors)

describe('the page and its Redis', () => {
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

  test('the lines to copy find the session, and the lifetime that nothing extends is shown', async (context) => {
    const visit = new Visit(visitors, context)
    const page = await visit.open(demo)
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await logIn(page)
    await expectText(page, '#absolute-left', /^(59:5\d|1:00:00)$/)
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

  test('Redis goes away and comes back, and the page says so', async (context) => {
    const visit = new Visit(visitors, context)
    const page = await visit.open(demo)
    await logIn(page)
    redis.process.kill('SIGSTOP')
    await expectText(page, '#notice', 'Redis is not answering. The ticket stays')
    await press(page, 'Increment page views')
    await page.locator('.entry').first().locator('.failed').waitFor()
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
})
