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

const editorOf = (page: Page): Locator => page.locator('.graphiql-query-editor .view-lines')

/** The playground as somebody sees it who has never been there: nothing is kept in the browser. */
async function firstVisit(): Promise<Page> {
  const { page } = await openVisitor(browser, demo.url)
  // GraphiQL is 9 MB of script.
  page.setDefaultTimeout(60_000)
  await page.goto(`${demo.url}/graphql`, { timeout: 60_000 })
  await editorOf(page).getByText('WhoAmI').first().waitFor()
  return page
}

/** Presses as a hand does: goes to where the thing is seen, presses, lets go. Nothing waits for it, nothing tries again. */
async function press(page: Page, target: Locator): Promise<void> {
  const box = await target.boundingBox()
  if (!box) throw new Error('there is nothing to be seen')
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 8 })
  await page.mouse.down()
  await page.waitForTimeout(60)
  await page.mouse.up()
}

test('on a first visit every tab opens by one click of the mouse', async () => {
  const page = await firstVisit()
  const tabs = page.getByRole('tab')
  const names = await tabs.allInnerTexts()
  expect(names.length).toBeGreaterThanOrEqual(12)
  const visible = page.viewportSize()
  for (const name of [...names.slice(1), names[0] ?? '']) {
    const tab = tabs.filter({ has: page.getByRole('button', { name, exact: true }) })
    const box = await tab.boundingBox()
    expect((box?.x ?? 0) + (box?.width ?? 0), `${name} is within sight`).toBeLessThanOrEqual(visible?.width ?? 0)
    await press(page, tab)
    await expect.poll(() => tab.getAttribute('aria-selected'), { timeout: 5_000, message: name }).toBe('true')
    expect(await tab.boundingBox(), `${name} stays where it is`).toEqual(box)
    await expect.poll(() => editorOf(page).innerText(), { timeout: 5_000, message: name }).toContain(name)
  }
})

test('on a first visit a tab opens by the keyboard', async () => {
  const page = await firstVisit()
  await page.getByRole('button', { name: 'WhoAmI', exact: true }).focus()
  // From the tab to its cross, then to the next tab.
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  const tab = page.getByRole('tab', { name: /^LatestOrders\b/ })
  await expect.poll(() => tab.getAttribute('aria-selected'), { timeout: 5_000 }).toBe('true')
  await expect.poll(() => editorOf(page).innerText(), { timeout: 5_000 }).toContain('LatestOrders')
})
