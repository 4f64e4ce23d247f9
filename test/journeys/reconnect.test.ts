import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemActor } from '../../server/auth/actor.ts'
import type { AppContext } from '../../server/context.ts'
import { withTenant } from '../../server/unit-of-work/unit-of-work.ts'
import { setCartLine } from '../../server/features/carts/service.ts'
import { placeOrder } from '../../server/features/orders/service/place-order.ts'
import { createCustomer } from '../harness/app.ts'
import { openBrowser, type TestBrowser } from './browser.ts'
import { openDashboard } from './dashboard.ts'
import { openDemoShops, type DemoShops } from './demo-shops.ts'

let demo: DemoShops
let browser: TestBrowser
beforeAll(async () => {
  ;[demo, browser] = await Promise.all([openDemoShops(), openBrowser()])
})
afterAll(async () => {
  await browser.close()
  await demo[Symbol.asyncDispose]()
})

/** Orders of one muffin each, placed while no server listens. */
const ordersPlaced = (merchantId: string, count: number) => async (app: AppContext) => {
  const actor = systemActor(merchantId)
  const muffin = await withTenant(app, actor, ({ tx }) => tx.variant.findFirstOrThrow({ where: { sku: 'MUF-1' } }))
  for (let made = 0; made < count; made++) {
    const { customerId } = await createCustomer(app, merchantId)
    await setCartLine(app, actor, { customerId, variantId: muffin.id, quantity: 1 })
    await placeOrder(app, actor, { customerId, fulfilment: 'PICKUP', paymentMethod: 'CASH_ON_DELIVERY' })
  }
}

test('after the server was away the screen is right without a reload, and each order is there once', async () => {
  const [shop] = demo.shops
  if (!shop) throw new Error('No demo shop')
  await demo.stop()
  await demo.start(ordersPlaced(shop.merchantId, 2))
  const { page, offences } = await openDashboard(browser, demo.url, { shop })
  const numbers = () => page.getByRole('row').getByRole('link').allInnerTexts()
  await expect.poll(numbers).toEqual(['#1002', '#1001'])
  await page.evaluate(() => document.body.setAttribute('data-not-reloaded', ''))

  for (const shown of [
    ['#1005', '#1004', '#1003', '#1002', '#1001'],
    ['#1006', '#1005', '#1004', '#1003', '#1002', '#1001'],
  ]) {
    const missed = shown.length - (await numbers()).length
    await demo.stop()
    await page.getByText('You are offline').waitFor()
    await demo.start(ordersPlaced(shop.merchantId, missed))
    await expect.poll(numbers, { timeout: 15_000 }).toEqual(shown)
    await page.getByText('Live', { exact: true }).first().waitFor()
    expect(await page.getByText('You are offline').count()).toBe(0)
    await page
      .getByRole('link', { name: new RegExp(`Orders.*${shown.length}.*new`) })
      .first()
      .waitFor()
    // Replayed events and fetched pages tell the same orders; nothing is doubled when both have come.
    await page.waitForLoadState('networkidle')
    expect(await numbers()).toEqual(shown)
  }
  expect(await page.locator('body[data-not-reloaded]').count()).toBe(1)
  expect(offences).toEqual([])
})
