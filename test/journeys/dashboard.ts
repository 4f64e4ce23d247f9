import type { BrowserContextOptions } from 'playwright-core'
import type { Demo } from '../../server/demo.ts'
import { openVisitor, type Visitor, type TestBrowser } from './browser.ts'

type Shop = Demo['shops'][number]

/** Signs a member of staff in and opens the orders; resolves when the live connection stands. */
export async function openDashboard(
  browser: TestBrowser,
  url: string,
  { shop, role = 'OWNER', ...options }: BrowserContextOptions & { shop: Shop; role?: Shop['staff'][number]['role'] },
): Promise<Visitor> {
  const visitor = await openVisitor(browser, url, options)
  await visitor.page.goto(`${url}/`)
  await signIn(visitor, shop, role)
  return visitor
}

export async function signIn({ page }: Visitor, shop: Shop, role: Shop['staff'][number]['role']): Promise<void> {
  const member = shop.staff.find((one) => one.role === role)
  await page.getByLabel('Email').fill(member?.email ?? '')
  await page.getByLabel('Password', { exact: true }).fill(shop.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Orders', exact: true }).waitFor()
  await page.getByText('Live', { exact: true }).first().waitFor({ state: 'attached' })
}
