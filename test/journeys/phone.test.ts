import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AppContext } from '../../server/context.ts'
import type { TemplateDefinition } from '../../server/whatsapp/template-client.ts'
import { openBrowser, type TestBrowser } from './browser.ts'
import { openDemoShops, type DemoShops } from './demo-shops.ts'
import { openPhone } from './phone.ts'

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let demo: DemoShops
let browser: TestBrowser
let app: AppContext
beforeAll(async () => {
  ;[demo, browser] = await Promise.all([openDemoShops(), openBrowser()])
  await demo.stop()
  await demo.start(async (started) => {
    app = started
  })
})
afterAll(async () => {
  await browser.close()
  await demo[Symbol.asyncDispose]()
})

const definition: TemplateDefinition = {
  name: 'table_ready',
  language: 'en_US',
  category: 'MARKETING',
  components: [
    { type: 'HEADER', format: 'TEXT', text: 'Your table' },
    {
      type: 'BODY',
      text: 'Hi {{first_name}}, the table by the window is yours tonight.',
      example: { body_text_named_params: [{ param_name: 'first_name', example: 'Ana' }] },
    },
    { type: 'FOOTER', text: 'See you soon' },
    {
      type: 'BUTTONS',
      buttons: [
        { type: 'QUICK_REPLY', text: 'Menu' },
        { type: 'URL', text: 'Directions', url: 'https://example.com/map' },
      ],
    },
  ],
}

/** Violations of WCAG 2.2 AA on the page, light and dark. */
async function violations(page: Page): Promise<string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.evaluate(axeSource)
    const { violations: broken } = (await page.evaluate('axe.run()')) as AxeResults
    found.push(...broken.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${colorScheme} ${id}: ${html}`)))
  }
  return found
}

test('a template is approved at the reviewer’s desk, read and answered on the phone, and its kind stopped', async () => {
  const [shop] = demo.shops
  if (!shop) throw new Error('No demo shop')
  const phone = await openPhone(browser, demo.url, { shop: shop.name })
  const { page } = phone
  const control = async (path: string, data?: object) => {
    const url = `${demo.url}/_emulator/control${path}`
    return (await (data ? page.request.post(url, { data }) : page.request.get(url))).json()
  }
  const { numbers, customers } = (await control('/state')) as {
    numbers: { phoneNumberId: string; wabaId: string; name: string }[]
    customers: { waId: string }[]
  }
  const number = numbers.find(({ name }) => name === shop.name)!
  await control('/review', { afterMs: null })
  await app.whatsapp.createTemplate(number.wabaId, definition)

  await page.getByText('Templates in WhatsApp’s review').click()
  const desk = page.getByRole('listitem').filter({ hasText: 'table_ready' })
  await desk.getByText('In review').waitFor()
  await desk.getByRole('button', { name: 'Approve table_ready (en_US)' }).click()
  await desk.getByText('Approved').waitFor()

  const send = () =>
    app.whatsapp.sendMessage(number.phoneNumberId, {
      to: { phone: `+${customers[0]!.waId}` },
      content: {
        kind: 'template',
        name: 'table_ready',
        language: 'en-US',
        body: 'as approved',
        bodyParameters: [{ name: 'first_name', text: 'Kim' }],
      },
      opaqueId: 'journey',
    })
  await send()
  expect(await phone.hears('Hi Kim, the table by the window is yours tonight.')).toContain('See you soon')
  const message = phone.lastFromShop()
  expect(await message.getByRole('link', { name: 'Directions' }).getAttribute('target')).toBe('_blank')
  expect(await phone.tap('Menu')).toContain('Welcome to')

  const offers = page.getByRole('button', { name: 'Offers from this shop' })
  await offers.click()
  await expect.poll(() => offers.getAttribute('aria-pressed')).toBe('false')
  await send()
  const chat = () => control(`/chats/${number.phoneNumberId}/${(customers[0] as unknown as { id: string }).id}`)
  await expect
    .poll(async () => ((await chat()) as { messages: { errorCode?: number }[] }).messages.at(-1)?.errorCode)
    .toBe(131_050)
  // A message that WhatsApp did not deliver is not on the phone.
  expect(await page.getByRole('link', { name: 'Directions' }).count()).toBe(1)
  expect(await violations(page)).toEqual([])
  expect(phone.offences).toEqual([])
})
