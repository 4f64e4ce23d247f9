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

test('a customer asks for a human, a member of staff answers, and the bot takes the chat back', async () => {
  const [shop] = demo.shops
  if (!shop) throw new Error('No demo shop')
  const dashboard = await openDashboard(browser, demo.url, { shop, role: 'AGENT' })
  const { page } = dashboard
  const phone = await openPhone(browser, demo.url, { shop: shop.name })
  await phone.say('hi')
  expect(await phone.say('I want to talk to a human')).toContain('will answer you right here')

  await page
    .getByRole('group', { name: /needs you/ })
    .getByRole('button', { name: 'Open chat' })
    .click()
  const log = page.getByRole('log', { name: 'Messages' })
  await log.getByText('I want to talk to a human').waitFor()

  // The bot keeps quiet: the shop's next message is the person's.
  const answered = phone.say('Do you have oat milk?')
  await log.getByText('Do you have oat milk?').waitFor()
  await page.getByRole('textbox', { name: /^Reply to/ }).fill('Yes, *freshly opened* this morning.')
  await page.keyboard.press('Enter')
  expect(await answered).toContain('Yes, freshly opened this morning.')
  await log.getByText('Demo Agent').waitFor()
  const sent = log.getByText('freshly opened').locator('xpath=ancestor::*[@data-direction][1]')
  await sent.getByRole('img', { name: 'Read' }).waitFor()

  await page.getByRole('button', { name: 'Hand to bot' }).click()
  await page.getByRole('button', { name: 'Take over' }).waitFor()
  expect(await phone.say('menu')).toContain(`Welcome to ${shop.name}`)
  await log
    .getByText(/^Hi .* Welcome to/)
    .last()
    .waitFor()

  // Without a request, too: taking over silences the bot from the next message on.
  await page.getByRole('button', { name: 'Take over' }).click()
  await page.getByRole('button', { name: 'Hand to bot' }).waitFor()
  const next = phone.say('menu please')
  await log.getByText('menu please').waitFor()
  await page.getByRole('textbox', { name: /^Reply to/ }).fill('One moment!')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  expect(await next).toContain('One moment!')
  expect([...dashboard.offences, ...phone.offences]).toEqual([])
})
