import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, type TestBrowser } from './browser.ts'
import { openDashboard, signIn } from './dashboard.ts'
import { openDemoShops, type DemoShops } from './demo-shops.ts'
import { openPhone } from './phone.ts'

let demo: DemoShops
let browser: TestBrowser
beforeAll(async () => {
  ;[demo, browser] = await Promise.all([openDemoShops(), openBrowser()])
})
afterAll(async () => {
  await browser.close()
  await demo[Symbol.asyncDispose]()
})

const shopOf = (slug: string) => {
  const shop = demo.shops.find((one) => one.slug === slug)
  if (!shop) throw new Error(`No demo shop ${slug}`)
  return shop
}

test('an order goes from the first hello to the door, live on both sides', async () => {
  const shop = shopOf('harbor-hearth')
  const dashboard = await openDashboard(browser, demo.url, { shop })
  const { page } = dashboard
  await page.getByText('No orders yet').waitFor()

  const phone = await openPhone(browser, demo.url, { shop: shop.name })
  expect(await phone.say('hi')).toContain(`Welcome to ${shop.name}`)
  expect(await phone.pick('🛍️ Browse products')).toContain('What would you like')
  expect(await phone.pick('Bakery')).toContain('Here is what we have')
  expect(await phone.pick('Blueberry Muffin')).toContain('$3.60')
  const image = phone.lastFromShop().locator('img')
  await expect.poll(() => image.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(100)
  expect(await phone.tap('Add to cart')).toContain('Subtotal: $3.60')
  expect(await phone.say('2 x lighthouse mug')).toContain('Subtotal: $47.60')
  expect(await phone.tap('Checkout')).toContain('Delivery costs $4.50')
  expect(await phone.tap('Delivery')).toContain('Where shall we deliver?')
  expect(await phone.say('12 Anchor Lane, Harborview')).toContain('Total: $52.10')
  expect(await phone.tap('Confirm order')).toContain('Your order #1001 is placed')

  // Without a reload the list, the badge and the toast show the order.
  const toast = page.getByRole('group', { name: 'Order #1001 · $52.10' })
  await page.getByRole('row', { name: /#1001/ }).getByText('New', { exact: true }).waitFor()
  expect(await page.getByRole('row', { name: /#1001/ }).count()).toBe(1)
  await page
    .getByRole('link', { name: /Orders.*1.*new/ })
    .first()
    .waitFor()
  await toast.getByRole('button', { name: 'View' }).click()
  await page.getByRole('heading', { name: 'Order #1001' }).waitFor()
  await page.getByText('12 Anchor Lane, Harborview').waitFor()

  const steps = [
    ['Accept order', 'has accepted your order #1001'],
    ['Start preparing', 'Your order #1001 is being prepared'],
    ['Mark as ready', 'Your order #1001 is packed'],
    ['Dispatch', 'Your order #1001 is on its way'],
    ['Mark as delivered', 'Your order #1001 has been handed over'],
  ] as const
  const timeline = page.getByRole('listitem')
  for (const [action, notice] of steps) {
    await page.getByRole('button', { name: action, exact: true }).click()
    await phone.hears(notice)
    // The customer has the chat open, so the message is read; the tick comes back to the order.
    await timeline.filter({ hasText: notice }).getByText('Read', { exact: true }).waitFor()
  }
  expect(await timeline.filter({ hasText: 'Message sent to the customer' }).count()).toBe(steps.length)
  expect(await phone.say('where is my order?')).toContain('Delivered')

  await page.getByRole('link', { name: 'Open chat' }).click()
  const log = page.getByRole('log', { name: 'Messages' })
  await log.getByText('where is my order?').waitFor()
  await log.getByText('has been handed over').waitFor()
  await expect.poll(() => log.getByRole('img', { name: 'Read' }).count()).toBeGreaterThanOrEqual(steps.length)
  expect([...dashboard.offences, ...phone.offences]).toEqual([])
})

test('a pick-up is announced when ready; a viewer watches without being able to act, and signs out', async () => {
  const shop = shopOf('harbor-hearth')
  const viewer = await openDashboard(browser, demo.url, { shop, role: 'VIEWER' })
  const owner = await openDashboard(browser, demo.url, { shop, viewport: { width: 375, height: 740 } })
  const phone = await openPhone(browser, demo.url, { shop: shop.name })
  await phone.say('blueberry muffin')
  await phone.tap('Add to cart')
  await phone.tap('Checkout')
  expect(await phone.tap('Pick-up')).toContain('18 Lantern Wharf')
  expect(await phone.tap('Confirm order')).toContain('#1002')

  await viewer.page.getByRole('link', { name: '#1002' }).click()
  await viewer.page.getByRole('heading', { name: 'Order #1002' }).waitFor()
  const actions = viewer.page.getByRole('main').getByRole('button')
  expect(await actions.count()).toBe(0)

  await owner.page.getByRole('link', { name: /#1002/ }).click()
  for (const action of ['Accept order', 'Start preparing', 'Mark as ready'])
    await owner.page.getByRole('button', { name: action, exact: true }).click()
  await phone.hears('18 Lantern Wharf, Harborview')
  await owner.page.getByRole('button', { name: 'Mark as picked up' }).click()
  await phone.hears('#1002 has been handed over')
  await viewer.page.getByText('Picked up').first().waitFor()
  expect(await actions.count()).toBe(0)

  await viewer.page.getByRole('button', { name: /Demo Viewer/ }).click()
  await viewer.page.getByRole('button', { name: 'Sign out' }).click()
  await viewer.page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  await viewer.page.goto(`${demo.url}/orders/1002`)
  await viewer.page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  // The next person who signs in arrives at the requested page and sees only their own shop.
  await viewer.page.goto(`${demo.url}/sign-in`)
  await signIn(viewer, shopOf('la-milpa'), 'OWNER')
  await viewer.page.getByText('No orders yet').waitFor()
  expect([...viewer.offences, ...owner.offences, ...phone.offences]).toEqual([])
})
