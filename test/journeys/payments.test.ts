import { createRequire } from 'node:module'
import { readFile } from 'node:fs/promises'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { plainImage } from '../harness/images.ts'
import { openBrowser, type TestBrowser } from './browser.ts'
import { openDashboard } from './dashboard.ts'
import { openDemoShops, type DemoShops } from './demo-shops.ts'
import { openPhone, type Phone } from './phone.ts'

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let demo: DemoShops
let browser: TestBrowser
beforeAll(async () => {
  ;[demo, browser] = await Promise.all([openDemoShops(), openBrowser()])
})
afterAll(async () => {
  await browser.close()
  await demo[Symbol.asyncDispose]()
})

const shop = () => {
  const found = demo.shops.find(({ slug }) => slug === 'harbor-hearth')
  if (!found) throw new Error('No demo shop')
  return found
}

/** Orders a muffin for pick-up with this payment method and returns the bot's answer. */
async function orderMuffin(phone: Phone, method: string): Promise<string> {
  await phone.say('hi')
  await phone.say('2 x blueberry muffin')
  await phone.tap('Checkout')
  await phone.tap('Pick-up')
  await phone.say(`pay ${method}`)
  return phone.tap('Confirm order')
}

/** Takes a photo from the phone's gallery and sends it. */
async function sendPhoto({ page }: Phone, name: string, background: string): Promise<void> {
  const buffer = await plainImage({ width: 900, height: 1200, background })
  await page.getByRole('button', { name: /Attach/ }).click()
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'image/jpeg', buffer })
}

/** Violations of WCAG 2.2 AA on the page, light and dark, at the width of a phone. */
async function violations(page: Page): Promise<string[]> {
  const found: string[] = []
  await page.setViewportSize({ width: 375, height: 700 })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.evaluate(axeSource)
    const results = (await page.evaluate('axe.run()')) as AxeResults
    found.push(
      ...results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${colorScheme} ${id}: ${html}`)),
    )
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    if (overflow > 0) found.push(`${colorScheme}: ${overflow} px of sideways scrolling`)
  }
  return found
}

test('a customer pays online by the link in the chat, and the shop sees it without reloading', async () => {
  const phone = await openPhone(browser, demo.url, { shop: shop().name })
  await orderMuffin(phone, 'online')
  await phone.hears('Your order #1001 is placed')

  const dashboard = await openDashboard(browser, demo.url, { shop: shop() })
  const { page } = dashboard
  await page.getByRole('row', { name: /#1001/ }).getByText('Waiting for payment').waitFor()
  await page.getByRole('link', { name: '#1001' }).click()
  const card = page.getByRole('region', { name: 'Payment' })
  await card.getByText('Online, $7.20').waitFor()

  const [checkout] = await Promise.all([
    phone.page.context().waitForEvent('page'),
    phone.page
      .getByRole('link', { name: /Pay now/ })
      .last()
      .click(),
  ])
  await checkout.getByRole('heading', { name: 'Pay for your order' }).waitFor()
  await checkout.getByText('$7.20').waitFor()
  await checkout.getByText('Harbor & Hearth Coffee').waitFor()
  expect(await violations(checkout)).toEqual([])
  await checkout.getByRole('button', { name: 'Pay', exact: true }).click()
  await checkout.getByText('Paid. Thank you!').waitFor()
  await checkout.getByRole('link', { name: 'Back to the chat' }).waitFor()
  await checkout.close()

  await card.getByText('Paid', { exact: true }).first().waitFor()
  await card.getByText('Paid.').waitFor()
  await page.getByRole('listitem').filter({ hasText: 'Payment received' }).waitFor()
  await phone.hears('We have received $7.20 for your order #1001')
  await page.getByRole('link', { name: 'Orders' }).first().click()
  await page.getByRole('row', { name: /#1001/ }).getByText('Paid', { exact: true }).waitFor()
  expect([...dashboard.offences, ...phone.offences]).toEqual([])
})

test('a photo proves a bank transfer: refused with a reason, sent again, accepted, and the customer told of both', async () => {
  const phone = await openPhone(browser, demo.url, { shop: shop().name })
  await orderMuffin(phone, 'by bank transfer')
  await phone.hears('Sample Bank')

  const dashboard = await openDashboard(browser, demo.url, { shop: shop() })
  const { page } = dashboard
  await page.getByRole('link', { name: '#1002' }).click()
  const card = page.getByRole('region', { name: 'Payment' })
  await card.getByText('Waiting for payment').waitFor()

  await sendPhoto(phone, 'first.jpg', '#7a2e2e')
  await phone.hears('has your proof of payment')
  await card.getByText('Check proof of payment').waitFor()
  await card.getByRole('button', { name: 'Proof of payment: enlarge' }).click()
  const large = page.getByRole('dialog', { name: 'Proof of payment' })
  const image = large.locator('img')
  await expect.poll(() => image.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(100)
  await large.getByRole('button', { name: 'Close' }).click()

  await card.getByRole('button', { name: 'Reject…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Reject this proof of payment?' })
  await dialog.getByRole('button', { name: 'Reject proof' }).click()
  await dialog.getByText('Enter a reason, so that the customer knows what to send').waitFor()
  await dialog.getByLabel('Reason').fill('The amount cannot be read')
  await dialog.getByRole('button', { name: 'Reject proof' }).click()
  await phone.hears('The amount cannot be read')
  await card.getByText('Waiting for payment').waitFor()

  await sendPhoto(phone, 'second.jpg', '#2e7a3a')
  await card.getByText('Check proof of payment').waitFor()
  await card.getByRole('button', { name: 'Mark as paid' }).click()
  await card.getByText('Paid', { exact: true }).first().waitFor()
  await phone.hears('We have received $7.20 for your order #1002')

  await card.getByRole('button', { name: 'Record a refund…' }).click()
  const refund = page.getByRole('dialog', { name: 'Record a refund' })
  await refund.getByLabel('Amount (USD)').fill('2.20')
  await refund.getByLabel('Reason').fill('One was broken')
  await refund.getByRole('button', { name: 'Record refund' }).click()
  await card.getByText('-$2.20').waitFor()
  await card.getByText('$5.00').waitFor()
  expect([...dashboard.offences, ...phone.offences]).toEqual([])
})
