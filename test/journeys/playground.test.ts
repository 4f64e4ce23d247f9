import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openVisitor, type TestBrowser } from './browser.ts'
import { openDemoShops, type DemoShops } from './demo-shops.ts'

let demo: DemoShops
let browser: TestBrowser
beforeAll(async () => {
  ;[demo, browser] = await Promise.all([openDemoShops({ pages: false }), openBrowser()])
})
afterAll(async () => {
  await browser.close()
  await demo[Symbol.asyncDispose]()
})

const answer = (page: Page) => page.locator('.result-window')

/** Opens a tab and runs what is in it, until `shown` is there. */
async function run(page: Page, name: string, shown: Locator): Promise<void> {
  const editor = page.locator('.graphiql-query-editor .view-lines')
  // While the editor is still being built a tab may be pressed in vain.
  const open = async () => {
    await page.getByRole('tab', { name: new RegExp(`^${name}\\b`) }).click()
    return editor.innerText()
  }
  await expect.poll(open, { timeout: 15_000, interval: 200 }).toContain(name)
  // GraphiQL notices a moment later which operation a tab holds, and cannot run it before.
  const press = async () => {
    await page.getByRole('button', { name: /Execute query/ }).click()
    return shown.waitFor({ timeout: 1_500 }).then(
      () => true,
      () => false,
    )
  }
  await expect.poll(press, { timeout: 15_000 }).toBe(true)
}

test('a newcomer runs the examples of the demo with the key that is filled in', async () => {
  const [roastery, taqueria] = demo.shops
  const { page, offences } = await openVisitor(browser, demo.url)
  await page.goto(`${demo.url}/graphql`)
  await page.getByText('This is the key of the demo.').waitFor()
  expect(await page.getByLabel('API key').inputValue()).toBe(roastery?.apiKey)
  expect(await page.getByRole('tab').count()).toBeGreaterThanOrEqual(12)

  await run(page, 'WhoAmI', answer(page).getByText('"API_KEY"'))
  // The editor writes spaces that do not break.
  expect((await answer(page).innerText()).replaceAll('\u00a0', ' ')).toContain(`"name": "${roastery?.name}"`)

  // Another key is another shop.
  await page.getByLabel('API key').fill(taqueria?.apiKey ?? '')
  await page.getByRole('button', { name: 'Use this key' }).click()
  await page.getByText('This key is used, in this tab alone.').waitFor()
  await run(page, 'WhoAmI', answer(page).getByText('"MXN"'))

  // A wrong one is nobody.
  await page.getByLabel('API key').fill('sl_this-is-not-a-key-of-any-shop')
  await page.getByRole('button', { name: 'Use this key' }).click()
  await run(page, 'LatestOrders', answer(page).getByText('UNAUTHENTICATED'))
  expect(offences.filter((offence) => !offence.includes('Failed to load resource'))).toEqual([])
})

test('a subscription runs until it is stopped', async () => {
  const { page, offences } = await openVisitor(browser, demo.url)
  await page.goto(`${demo.url}/graphql`)
  await run(page, 'FollowEvents', page.getByRole('button', { name: /Stop query/ }))
  expect(offences).toEqual([])
})
