import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, type TestBrowser } from './browser.ts'
import { openDashboard } from './dashboard.ts'
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

/** A photo that compresses badly, so that its way takes a while. */
function photo(width: number, height: number): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 140, sigma: 40 } as const
  return sharp({ create: { width, height, channels: 3, background: '#888', noise } })
    .jpeg({ quality: 90 })
    .toBuffer()
}

test('images are uploaded with progress, described, put on a product, and seen on the phone', async () => {
  const [shop] = demo.shops
  if (!shop) throw new Error('No demo shop')
  const dashboard = await openDashboard(browser, demo.url, { shop })
  const { page } = dashboard
  await page.getByRole('link', { name: 'Media' }).first().click()
  await page.getByText('No images yet').waitFor()

  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Network.enable')
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 400_000 }
  await cdp.send('Network.emulateNetworkConditions', slow)
  await page.locator('input[type=file]').setInputFiles([
    { name: 'mug.jpg', mimeType: 'image/jpeg', buffer: await photo(1600, 1200) },
    { name: 'price-list.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('Flat white 4.20') },
  ])
  // Each file for itself: one is on its way, the other is refused with what to do.
  await page.getByText('Only JPEG, PNG and WebP images can be used.').waitFor()
  const bar = page.getByRole('progressbar', { name: 'Uploading mug.jpg' })
  const partly = async () => Number(await bar.getAttribute('aria-valuenow'))
  await expect.poll(partly, { timeout: 15_000, interval: 50 }).toBeGreaterThan(5)
  expect(await partly()).toBeLessThan(100)
  await cdp.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 })
  await page.getByRole('button', { name: 'Dismiss' }).click()

  const tile = page.getByRole('button', { name: 'mug.jpg', exact: true })
  await tile.click()
  const drawer = page.getByRole('dialog')
  await drawer.getByText('1600 × 1200').waitFor()
  await drawer.getByRole('textbox', { name: 'Alt text' }).fill('A mug with a lighthouse')
  await drawer.getByRole('button', { name: 'Save' }).click()
  await drawer.getByRole('button', { name: 'Close' }).click()
  await page.getByRole('button', { name: 'A mug with a lighthouse' }).waitFor()

  await page.getByRole('link', { name: 'Products' }).first().click()
  const change = page.getByRole('button', { name: 'Change image of Lighthouse Mug' })
  await change.focus()
  await change.press('Enter')
  await page.getByRole('dialog').getByRole('button', { name: 'A mug with a lighthouse' }).click()
  await page.getByRole('button', { name: 'Use this image' }).click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  const shown = page.getByRole('img', { name: 'A mug with a lighthouse' })
  await shown.waitFor()
  const width = () => shown.evaluate((element) => (element as HTMLImageElement).naturalWidth)
  await expect.poll(width).toBe(640)

  const phone = await openPhone(browser, demo.url, { shop: shop.name })
  await phone.say('lighthouse mug')
  const image = phone.lastFromShop().locator('img')
  await expect.poll(() => image.evaluate((element) => (element as HTMLImageElement).naturalWidth)).toBe(1600)
  expect([...dashboard.offences, ...phone.offences]).toEqual([])
})

test("a customer's photo arrives in the chat and opens large", async () => {
  const [shop] = demo.shops
  if (!shop) throw new Error('No demo shop')
  const phone = await openPhone(browser, demo.url, { shop: shop.name })
  await phone.say('I want to talk to a human')
  const dashboard = await openDashboard(browser, demo.url, { shop })
  const { page } = dashboard
  await page.goto(`${demo.url}/conversations`)
  await page.getByRole('region', { name: 'Chats' }).getByRole('listitem').getByRole('link').first().click()
  const log = page.getByRole('log', { name: 'Messages' })
  await log.getByText('I want to talk to a human').waitFor()

  await phone.page.getByRole('button', { name: 'Attach' }).click()
  await phone.page
    .locator('input[type=file]')
    .setInputFiles({ name: 'scratch.jpg', mimeType: 'image/jpeg', buffer: await photo(900, 1200) })
  const photoInChat = log.getByRole('button', { name: /^Open:/ })
  await photoInChat.waitFor()
  const image = photoInChat.locator('img').last()
  await expect.poll(() => image.evaluate((element) => (element as HTMLImageElement).naturalWidth)).toBe(480)
  await photoInChat.click()
  const large = page.getByRole('dialog').locator('img')
  await expect.poll(() => large.evaluate((element) => (element as HTMLImageElement).naturalHeight)).toBe(1200)
  expect([...dashboard.offences, ...phone.offences]).toEqual([])
})
