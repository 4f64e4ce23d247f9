import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphqlClient } from '../harness/graphql-client.ts'
import { openBrowser, type TestBrowser } from './browser.ts'
import { openDashboard } from './dashboard.ts'
import { openDemoShops, type DemoShops } from './demo-shops.ts'

let demo: DemoShops
let browser: TestBrowser
beforeAll(async () => {
  ;[demo, browser] = await Promise.all([openDemoShops(), openBrowser()])
})
afterAll(async () => {
  await browser.close()
  await demo[Symbol.asyncDispose]()
})

test('an owner makes a key, rotates it and revokes it; the key works exactly as long', async () => {
  const [shop] = demo.shops
  if (!shop) throw new Error('No demo shop')
  const { page, offences } = await openDashboard(browser, demo.url, { shop })
  const viewerOf = async (secret: string) => {
    const client = graphqlClient(demo.url, { authorization: `Bearer ${secret}` })
    const { data } = await client.send('{ viewer { name permissions } }')
    return data?.viewer as { name: string; permissions: string[] } | null
  }
  const copySecret = async () => {
    const secret = await page.getByLabel('API key', { exact: true }).inputValue()
    expect(secret).toMatch(/^sl_/)
    expect(await page.getByLabel('Try it in a terminal', { exact: true }).inputValue()).toContain(`Bearer ${secret}`)
    await page.getByRole('button', { name: 'I have copied it' }).click()
    return secret
  }

  await page.goto(`${demo.url}/settings/keys`)
  await page.getByRole('button', { name: 'Rotate Demo' }).waitFor()
  await page.getByRole('button', { name: 'Create API key' }).click()
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByText('Enter a name').waitFor()
  await page.getByText('Choose at least one scope').waitFor()
  await page.getByLabel('Name').fill('Stock display')
  await page.getByLabel('Expires').selectOption('30')
  await page.getByLabel('catalog:read').check()
  await page.getByRole('button', { name: 'Create key' }).click()
  const first = await copySecret()
  expect(await viewerOf(first)).toEqual({ name: 'Stock display', permissions: ['catalog:read'] })

  const row = page.getByRole('listitem').filter({ hasText: 'Stock display' }).first()
  await row.getByText(`${first.slice(0, 8)}…`).waitFor()
  await page.getByRole('button', { name: 'Rotate Stock display' }).click()
  await page.getByLabel('1 hour').check()
  await page.getByRole('button', { name: 'Rotate key' }).click()
  const second = await copySecret()
  expect([await viewerOf(first), await viewerOf(second)]).toEqual([
    expect.objectContaining({ name: 'Stock display' }),
    expect.objectContaining({ name: 'Stock display' }),
  ])
  await row.getByText(/The previous secret works until/).waitFor()

  await page.getByRole('button', { name: 'Revoke Stock display' }).click()
  await page.getByRole('button', { name: 'Revoke key' }).click()
  await page.getByText('Stock display').first().waitFor({ state: 'detached' })
  expect([await viewerOf(first), await viewerOf(second)]).toEqual([null, null])
  await page.getByRole('link', { name: 'Inactive' }).click()
  await page
    .getByText(/revoked/)
    .first()
    .waitFor()
  expect(offences).toEqual([])
})
