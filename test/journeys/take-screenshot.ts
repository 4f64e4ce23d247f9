import { chromium, type Page } from 'playwright-core'
import sharp from 'sharp'
import { openPhone } from './phone.ts'

// Takes docs/images/storeline.png, the dashboard beside the phone, from a running demo:
//   npm start -- --reset
//   npx tsx test/journeys/take-screenshot.ts http://localhost:4000 owner@harbor-hearth.example <password>

const [url, email, password] = process.argv.slice(2)
if (!url || !email || !password)
  throw new Error('Usage: npx tsx test/journeys/take-screenshot.ts <url> <email> <password>')

const SHOP = 'Harbor & Hearth Coffee'
const HEIGHT = 800

/** A screenshot of a page once nothing moves any more. */
async function shoot(page: Page): Promise<Buffer> {
  await page.waitForLoadState('networkidle')
  await page.evaluate(() => document.fonts.ready.then(() => undefined))
  await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== 'running'))
  return page.screenshot()
}

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium-headless-shell',
  args: ['--headless', '--no-sandbox'],
})
const dashboard = await browser.newPage({ viewport: { width: 1120, height: HEIGHT }, timezoneId: 'America/New_York' })
await dashboard.goto(url)
await dashboard.getByLabel('Email').fill(email)
await dashboard.getByLabel('Password', { exact: true }).fill(password)
await dashboard.getByRole('button', { name: 'Sign in' }).click()
await dashboard.getByRole('heading', { name: 'Orders', exact: true }).waitFor()

const phone = await openPhone(browser, url, {
  shop: SHOP,
  viewport: { width: 390, height: HEIGHT },
  timezoneId: 'America/New_York',
})
/** From the choice of a product to the placed order. */
async function order(product: string, address: string): Promise<void> {
  await phone.say(product)
  await phone.tap('Checkout')
  if (address) await phone.tap('Delivery')
  else await phone.tap('Pick-up')
  if (address) await phone.say(address)
  await phone.tap('Confirm order')
}
await order('2 x lighthouse mug', '12 Anchor Lane, Harborview')
await order('4 x blueberry muffin', '')
await dashboard.getByRole('link', { name: '#1001' }).click()
for (const [step, notice] of [
  ['Accept order', 'has accepted'],
  ['Start preparing', 'being prepared'],
] as const) {
  await dashboard.getByRole('button', { name: step, exact: true }).click()
  await phone.hears(notice)
}
await dashboard
  .getByRole('link', { name: /^Orders/ })
  .first()
  .click()
await dashboard.getByRole('row', { name: /#1001/ }).getByText('Preparing').waitFor()
await order('1 x lighthouse mug', '')
await dashboard.getByRole('group', { name: /#1003/ }).waitFor()
await phone.say('flat white')
await phone.page.mouse.move(0, 0)

const [left, right] = await Promise.all([shoot(dashboard), shoot(phone.page)])
const GAP = 24
await sharp({ create: { width: 1120 + 390 + 3 * GAP, height: HEIGHT + 2 * GAP, channels: 3, background: '#0c6b58' } })
  .composite([
    { input: left, left: GAP, top: GAP },
    { input: right, left: 1120 + 2 * GAP, top: GAP },
  ])
  .png({ palette: true, quality: 90, effort: 10 })
  .toFile(`${import.meta.dirname}/../../docs/images/storeline.png`)
await browser.close()
