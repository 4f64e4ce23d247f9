import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphqlClient } from '../harness/graphql-client.ts'
import { plainImage } from '../harness/images.ts'
import { openBrowser, openVisitor, type Visitor, type TestBrowser } from './browser.ts'
import { openDashboard } from './dashboard.ts'
import { openDemoShops, type DemoShops } from './demo-shops.ts'
import { openPhone } from './phone.ts'

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let demo: DemoShops
let browser: TestBrowser
let staff: Visitor
let stranger: Visitor
let customer: Visitor
/** Path of somebody's link to join. */
let invitation: string
beforeAll(async () => {
  ;[demo, browser] = await Promise.all([openDemoShops(), openBrowser()])
  const [shop] = demo.shops
  if (!shop) throw new Error('No demo shop')
  const phone = await openPhone(browser, demo.url, { shop: shop.name })
  await phone.say('hi')
  await phone.say('2 x blueberry muffin')
  await phone.tap('Checkout')
  await phone.tap('Pick-up')
  await phone.tap('Confirm order')
  await phone.say('flat white')
  customer = phone
  staff = await openDashboard(browser, demo.url, { shop })
  stranger = await openVisitor(browser, demo.url)
  const { inviteMember } = await graphqlClient(demo.url, { authorization: `Bearer ${shop.apiKey}` }).run<{
    inviteMember: { link: string }
  }>(
    'mutation { inviteMember(input: { email: "new@shop.example", role: AGENT }) { ... on IssuedInvitation { link } } }',
  )
  invitation = new URL(inviteMember.link).pathname
})
afterAll(async () => {
  await browser.close()
  await demo[Symbol.asyncDispose]()
})

const PAGES: Record<string, () => Promise<Page>> = {
  'the sign-in page': () => visit(stranger, '/sign-in', 'Welcome back'),
  'the order list': () => visit(staff, '/orders', '#1001'),
  'an empty order list': () => visit(staff, '/orders?status=closed', 'Orders'),
  'an order': () => visit(staff, '/orders/1001', 'Order placed'),
  'the chat list': () => visit(staff, '/conversations', 'Chats'),
  'a chat': async () => {
    const page = await visit(staff, '/conversations', 'Chats')
    const address = await page
      .getByRole('link', { name: /Customer 1/ })
      .first()
      .getAttribute('href')
    return visit(staff, address ?? '', 'Order #1001')
  },
  'the payment settings': () => visit(staff, '/settings/payments', 'Customers can choose'),
  'the products': () => visit(staff, '/products', 'Lighthouse Mug'),
  'the templates': () => visit(staff, '/templates', 'delivery_delay'),
  'the notices': async () => {
    const page = await visit(staff, '/templates?show=notices', 'Order accepted')
    await page.getByText('Order accepted', { exact: true }).click()
    return page
  },
  'the editor of templates': async () => {
    const page = await visit(staff, '/templates/new', 'New template')
    await page.getByText('Buttons', { exact: true }).click()
    await page.getByRole('textbox', { name: /^Body/ }).fill('Hello {{customer_name}}, {{total}} is to be paid.')
    await page.getByRole('textbox', { name: 'Button 1' }).fill('More than twenty letters')
    await page.getByText('Not ready yet:').waitFor({ state: 'attached' })
    return page
  },
  'the dialog that sends a template': async () => {
    const page = await visit(staff, '/conversations', 'Chats')
    await page.getByRole('region', { name: 'Chats' }).getByRole('listitem').getByRole('link').first().click()
    await page.getByRole('button', { name: 'Send a template' }).click()
    await page.getByRole('dialog').getByText('delivery_delay').waitFor()
    return page
  },
  'the media library': async () => {
    const page = await visit(staff, '/media', 'Media')
    const buffer = await plainImage({ width: 640, height: 480 })
    await page.locator('input[type=file]').setInputFiles([
      { name: 'green.jpg', mimeType: 'image/jpeg', buffer },
      { name: 'words.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('words') },
    ])
    await page.getByText('Only JPEG, PNG and WebP').waitFor()
    await page.locator('img[src*="/media/"]').first().waitFor()
    return page
  },
  'an image of the library': async () => {
    const page = await visit(staff, '/media', 'green.jpg')
    await page.getByRole('button', { name: /green\.jpg/ }).click()
    await page.getByRole('dialog').getByText('640 × 480').waitFor()
    return page
  },
  'the image picker': async () => {
    const page = await visit(staff, '/products', 'Lighthouse Mug')
    await page.getByRole('button', { name: 'Change image of Lighthouse Mug' }).press('Enter')
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /green\.jpg/ })
      .click()
    return page
  },
  'the customers': () => visit(staff, '/customers', 'Customer 1'),
  'the team': () => visit(staff, '/settings/team', 'Members'),
  'the dialog that invites somebody': async () => {
    const page = await visit(staff, '/settings/team', 'Members')
    await page.getByRole('button', { name: 'Invite', exact: true }).click()
    await page.getByRole('dialog').getByLabel('Email').waitFor()
    return page
  },
  'the audit': () => visit(staff, '/settings/audit', 'Signed in'),
  'the jobs': () => visit(staff, '/settings/jobs', 'No failed jobs'),
  'an invitation that leads nowhere': () => visit(stranger, '/invite/nowhere', 'This link is not valid'),
  'an invitation': () => visit(stranger, invitation, 'Join'),
  'the webhook endpoints': () => visit(staff, '/settings/webhooks', 'No endpoints yet'),
  'the API keys': () => visit(staff, '/settings/keys', 'Create API key'),
  'the form of a new API key': async () => {
    const page = await visit(staff, '/settings/keys', 'Create API key')
    await page.getByRole('button', { name: 'Create API key' }).click()
    await page.getByLabel('orders:read').waitFor()
    return page
  },
  'a page that does not exist': () => visit(staff, '/nowhere', 'Orders'),
  'the chat on the phone': async () => customer.page,
}

async function visit({ page }: Visitor, path: string, shows: string): Promise<Page> {
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.goto(`${demo.url}${path}`)
  await page.getByText(shows).first().waitFor({ state: 'attached' })
  await page.waitForLoadState('networkidle')
  return page
}

/** Turns transitions off: axe would judge colours in between. */
function endTransitions(): void {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync('*, ::before, ::after { transition: none !important }')
  document.adoptedStyleSheets.push(sheet)
}

/** Rules whose verdict depends on colours; all others judge the document, which both colour schemes share. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block']

/** Violations of WCAG 2.2 AA and of axe's best practices, or of these rules alone, with the elements at fault. */
async function violations(page: Page, rules?: readonly string[]): Promise<string[]> {
  // Selectors of elements without fault would take most of the time.
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) }
  const { violations: found } = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as AxeResults
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ''}`))
}

describe.each(Object.entries(PAGES))('%s', (_name, open) => {
  test('is accessible and fits, light and dark, wide and narrow', async () => {
    const page = await open()
    await page.evaluate(axeSource)
    await page.evaluate(endTransitions)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      // The page follows the colour scheme by script.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
      for (const width of [1280, 375]) {
        await page.setViewportSize({ width, height: 800 })
        const found = await violations(page, colorScheme === 'dark' ? COLOUR_RULES : undefined)
        expect(found, `${colorScheme}, ${width} px`).toEqual([])
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect(overflow, `sideways scrolling at ${width} px`).toBeLessThanOrEqual(0)
      }
    }
  })
})

test('no page has broken its content security policy, asked another origin, or thrown', () => {
  expect([...staff.offences, ...stranger.offences, ...customer.offences]).toEqual([])
  expect([...staff.refusals, ...customer.refusals]).toEqual([])
})
