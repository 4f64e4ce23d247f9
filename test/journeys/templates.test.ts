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

test('a template is written, seen, approved while one watches, and reaches the phone', async () => {
  const [shop] = demo.shops
  if (!shop) throw new Error('No demo shop')
  const phone = await openPhone(browser, demo.url, { shop: shop.name })
  await phone.say('hi')
  const dashboard = await openDashboard(browser, demo.url, { shop })
  const { page } = dashboard
  await page.getByRole('link', { name: 'Templates' }).first().click()
  await page.getByRole('link', { name: 'New template' }).first().click()

  // The preview follows the text at once, rendered by the server as for a customer.
  await page.getByRole('textbox', { name: /^Name/ }).first().fill('payment_reminder')
  await page.getByText('Buttons', { exact: true }).click()
  const text = page.getByRole('textbox', { name: /^Body/ })
  await text.fill('Hello {{customer_name}}, *{{order_total}}* is still to be paid. Thank you!')
  await page.getByRole('textbox', { name: 'Button 1' }).fill('I have paid, believe me')
  await page.getByRole('textbox', { name: 'Example' }).first().fill('Ana')
  const preview = page.getByRole('group', { name: /^Preview/ })
  await preview.getByText('Hello Ana, $12.50 is still to be paid.').waitFor()
  await preview.getByText('$12.50').and(page.locator('strong')).waitFor()

  // One character too many is said before the server is asked, and by the server at its field.
  await page.getByText('3 too many').waitFor()
  await page.getByRole('button', { name: 'Save template' }).click()
  await page.getByRole('alert').getByText('Button 1 must be at most 20 characters').waitFor()
  await page.getByRole('textbox', { name: 'Button 1' }).fill('I have paid')
  await page.getByRole('button', { name: 'Save template' }).click()
  await page.getByRole('heading', { name: 'payment_reminder' }).waitFor()

  await page.getByRole('button', { name: 'Submit to WhatsApp' }).click()
  await page.getByText('Approved', { exact: true }).first().waitFor()

  // A test to the phone: the customer's name is known, the rest is the example.
  await page.getByRole('button', { name: 'Send a test' }).click()
  const dialog = page.getByRole('dialog')
  await dialog
    .getByRole('button', { name: /Customer 1/ })
    .first()
    .click()
  await dialog.getByRole('textbox', { name: 'Order total' }).fill('34,50')
  await dialog.getByText('$34.50').waitFor()
  await dialog.getByRole('button', { name: /^Send to/ }).click()
  expect(await phone.hears('is still to be paid')).toContain('$34.50')
  expect(await phone.lastFromShop().innerText()).toContain('I have paid')
  await page
    .getByRole('group', { name: /^Sent to/ })
    .getByRole('button', { name: 'Open chat' })
    .click()
  const log = page.getByRole('log', { name: 'Messages' })
  await log.getByText('is still to be paid').waitFor()
  await log.getByText('Demo Owner').waitFor()

  // And from the chat itself.
  await page.getByRole('button', { name: 'Send a template' }).click()
  await dialog.getByRole('button', { name: /^payment_reminder/ }).click()
  await dialog.getByRole('textbox', { name: 'Order total' }).fill('7')
  await dialog.getByRole('button', { name: /^Send to/ }).click()
  expect(await phone.hears('$7.00')).toContain('still to be paid')
  expect([...dashboard.offences, ...phone.offences]).toEqual([])
})

test('a notice in the words of the shop reaches the customer, and the built-in one comes back', async () => {
  const [shop] = demo.shops
  if (!shop) throw new Error('No demo shop')
  const phone = await openPhone(browser, demo.url, { shop: shop.name })
  const { page, offences } = await openDashboard(browser, demo.url, { shop })
  await page.goto(`${demo.url}/templates?show=notices`)
  await page.getByText('Order accepted', { exact: true }).click()
  await page.getByRole('button', { name: 'Customise in English' }).first().click()
  await page.getByRole('heading', { name: 'order_accepted' }).waitFor()
  await page.getByRole('textbox', { name: /^Body/ }).fill('Lovely! We brew your order {{order_number}} now.')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Version 2', { exact: true }).waitFor()

  const acceptNext = async (hears: string) => {
    await phone.say('2 x blueberry muffin')
    await phone.tap('Checkout')
    await phone.tap('Pick-up')
    await phone.tap('Confirm order')
    await page.goto(`${demo.url}/orders?status=new`)
    await page.getByRole('link', { name: /^#\d+/ }).first().click()
    await page.getByRole('button', { name: 'Accept order' }).click()
    await phone.hears(hears)
  }
  await acceptNext('Lovely! We brew your order')

  await page.goto(`${demo.url}/templates?show=notices`)
  await page.getByText('Order accepted', { exact: true }).click()
  await page.getByText('Customised', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Revert to the built-in text' }).click()
  await page.getByRole('button', { name: 'Revert', exact: true }).click()
  await page.getByText('Customised', { exact: true }).waitFor({ state: 'hidden' })
  await acceptNext('has accepted your order')
  expect([...offences, ...phone.offences]).toEqual([])
})
