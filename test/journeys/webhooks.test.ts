import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../harness/processes.ts'
import { answerWith, startReceiver, verified, type Receiver } from '../harness/receiver.ts'
import { LOCAL_WEBHOOKS } from '../harness/webhooks.ts'
import { openBrowser, type Visitor, type TestBrowser } from './browser.ts'
import { openDashboard } from './dashboard.ts'
import { openDemoShops, type DemoShops } from './demo-shops.ts'
import { openPhone } from './phone.ts'

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let demo: DemoShops
let browser: TestBrowser
let receiver: Receiver
let staff: Visitor
beforeAll(async () => {
  ;[demo, browser, receiver] = await Promise.all([
    openDemoShops({ env: LOCAL_WEBHOOKS }),
    openBrowser(),
    startReceiver(),
  ])
  staff = await openDashboard(browser, demo.url, { shop: demo.shops[0] as DemoShops['shops'][number] })
})
afterAll(async () => {
  await browser?.close()
  await demo?.[Symbol.asyncDispose]()
  await receiver?.[Symbol.asyncDispose]()
})

const DIALOG = '[role=dialog]'

/** The page is accessible and fits, light and dark, wide and narrow. */
async function expectSound(within = 'body'): Promise<void> {
  const { page } = staff
  // Of a dialog only what WCAG says: to best practices its header is a second banner of the page.
  const options = within === DIALOG ? { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] } : {}
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.evaluate(async () => {
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
      await Promise.allSettled(document.getAnimations().map((animation) => animation.finished))
    })
    for (const width of [375, 1280]) {
      await page.setViewportSize({ width, height: 800 })
      await page.evaluate(axeSource)
      const { violations } = (await page.evaluate(`axe.run('${within}', ${JSON.stringify(options)})`)) as AxeResults
      expect(violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`))).toEqual([])
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(overflow, `sideways scrolling at ${width} px`).toBeLessThanOrEqual(0)
    }
  }
}

test('an owner adds an endpoint, tests it, sees an order arrive there, and looks into what failed', async () => {
  const { page } = staff
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  await page.goto(`${demo.url}/settings/webhooks`)
  await button('Add endpoint').click()
  await page.getByLabel('URL').fill('http://10.0.0.1/hook')
  await page.getByRole('dialog').getByRole('button', { name: 'Add endpoint' }).click()
  await page.getByText('Must be public; 10.0.0.1 is not.').waitFor()
  await page.getByLabel('URL').fill(receiver.url)
  await page.getByLabel('Description').fill('The bookkeeping')
  await page.getByRole('radio', { name: 'Selected events' }).check()
  await page.getByRole('checkbox', { name: 'order_created' }).check()
  await expectSound(DIALOG)
  await page.getByRole('dialog').getByRole('button', { name: 'Add endpoint' }).click()
  const secret = await page.getByLabel('Secret', { exact: true }).inputValue()
  expect(secret).toMatch(/^whsec_/)
  await expectSound(DIALOG)
  await button('I have copied it').click()

  await page.getByRole('link', { name: /The bookkeeping/ }).click()
  await page.getByText('Nothing sent yet').first().waitFor()
  expect(await page.content()).not.toContain(secret)
  await button('Send test event').click()
  await page.getByRole('button', { name: /webhook_test.*Delivered/ }).waitFor()
  expect(verified(secret, receiver.received[0] ?? ({} as never))).toMatchObject({ type: 'webhook_test' })

  receiver.answer(answerWith(500, {}, 'the ledger is closed'))
  const phone = await openPhone(browser, demo.url, { shop: demo.shops[0]?.name ?? '' })
  for (const said of ['hi', '2 x blueberry muffin']) await phone.say(said)
  for (const tapped of ['Checkout', 'Pick-up', 'Confirm order']) await phone.tap(tapped)
  await page.getByRole('button', { name: /order_created.*Failed/ }).click()
  await page.getByText('the ledger is closed').first().waitFor()
  await page.getByText('Attempt 10').waitFor()
  await expectSound(DIALOG)
  receiver.answer(answerWith(200))
  await button('Redeliver').click()
  await page.getByText('Attempt 11').waitFor()
  const ids = receiver.received.filter(({ body }) => body.includes('order_created')).map(({ id }) => id)
  expect([ids.length, new Set(ids).size]).toEqual([11, 1])
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
  await page.getByRole('button', { name: /order_created.*Delivered/ }).waitFor()
  await expectSound()
}, 180_000)

test('the owner rotates the secret, replays events, and disables, enables and removes the endpoint', async () => {
  const { page } = staff
  const inDialog = (name: string) => page.getByRole('dialog').getByRole('button', { name, exact: true })
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  await button('Rotate secret').click()
  await inDialog('Rotate').click()
  const next = await page.getByLabel('Secret', { exact: true }).inputValue()
  await button('I have copied it').click()
  await page.getByText('Used until').waitFor()

  const before = receiver.received.length
  await page.getByRole('button', { name: /order_created/ }).click()
  await inDialog('Replay later events').click()
  await page.getByLabel('Start after cursor').fill('ZTA')
  await inDialog('Replay').click()
  const again = await until('the order is sent again', () =>
    receiver.received.slice(before).find(({ body }) => body.includes('order_created')),
  )
  expect(verified(next, again)).toMatchObject({ type: 'order_created' })
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).first().click()

  await button('Disable').click()
  await inDialog('Disable').click()
  await page.getByText('Disabled', { exact: true }).waitFor()
  await button('Enable').click()
  await inDialog('Enable').click()
  await page.getByText('Enabled', { exact: true }).waitFor()
  await button('Remove').click()
  await inDialog('Remove').click()
  await page.getByText('No endpoints yet').waitFor()
  expect(staff.offences).toEqual([])
}, 120_000)
