import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { openTestApp, type TestApp } from '../../test/harness/app.ts'
import { createStaff, createTestShop, type TestShop } from '../../test/harness/shop.ts'
import { tenantDb } from '../../test/harness/tenant-db.ts'
import { createApiKey } from '../features/api-keys/service.ts'
import { loadMerchant } from '../features/merchants/service.ts'
import { authenticate } from './authenticate.ts'
import { createAuthenticator } from './authenticator.ts'

let testApp: TestApp
let shop: TestShop
let other: TestShop
let told: Set<string | null>
beforeAll(async () => {
  testApp = await openTestApp()
  shop = await createTestShop(testApp.app)
  other = await createTestShop(testApp.app)
  testApp.app.changes.onChange((merchantId) => told?.add(merchantId))
  await vi.waitFor(() => expect(testApp.app.changes.isCurrent()).toBe(true))
})
afterAll(() => testApp[Symbol.asyncDispose]())
beforeEach(() => {
  told = new Set()
})
const db = () => tenantDb(testApp.app.database, shop.merchantId)
const inTime = { timeout: 5_000, interval: 50 }
const newKey = () => createApiKey(testApp.app, shop.owner, { name: 'Watched', scopes: ['orders:read'] })

// Each is a change that no signal reports: it is made by SQL alone.
describe.each<[string, () => Promise<() => Promise<unknown>>]>([
  ['revoking a key', async () => withKey({ revokedAt: new Date() })],
  ['narrowing a key', async () => withKey({ scopes: [] })],
  ['ending a key', async () => withKey({ expiresAt: new Date() })],
  [
    'changing a role',
    async () => withMember((userId) => db().membership.updateMany({ where: { userId }, data: { role: 'VIEWER' } })),
  ],
  ['removing a member', async () => withMember((userId) => db().membership.deleteMany({ where: { userId } }))],
  [
    'changing the shop',
    async () => () => db().merchant.updateMany({ data: { deliveryFee: 1 + Math.floor(Math.random() * 1e6) } }),
  ],
])('%s', (_name, prepare) => {
  test('is found within seconds although its signal is lost, and tells of no other shop', async () => {
    const act = await prepare()
    await act()
    told.clear()
    await vi.waitFor(() => expect(told).toContain(shop.merchantId), inTime)
    expect(told).not.toContain(other.merchantId)
  })
})

async function withKey(data: { revokedAt?: Date; scopes?: string[]; expiresAt?: Date }) {
  const { id } = await newKey()
  return () => db().apiKey.updateMany({ where: { id }, data })
}
async function withMember(act: (userId: string) => Promise<unknown>) {
  const { staffId } = await createStaff(testApp.app, shop.merchantId, { role: 'AGENT' })
  return () => act(staffId)
}

test('the use of a key, a new key and a new session are no changes', async () => {
  const before = async () =>
    (await testApp.app.database.pool.query('SELECT changed_at::text FROM merchant_change ORDER BY merchant_id')).rows
  const { id } = await newKey()
  const first = await before()
  await db().apiKey.updateMany({ where: { id }, data: { lastUsedAt: new Date() } })
  await newKey()
  expect(await before()).toEqual(first)
})

test('a request of a shop that was not asked lately costs one statement for its key, and none afterwards', async () => {
  const { secret } = await newKey()
  await using authenticator = await createAuthenticator(testApp.app)
  const query = vi.spyOn(testApp.app.database.pool, 'query')
  const credentials = { authorization: `Bearer ${secret}` }
  const ask = () => authenticator.authenticate(credentials)
  const texts = () =>
    query.mock.calls
      .map(([config]) => (config as unknown as { text: string }).text)
      .filter((text) => /found/.test(text))
  try {
    await Promise.all(Array.from({ length: 20 }, ask))
    expect(texts()).toHaveLength(1)
    await ask()
    expect(texts()).toHaveLength(1)
  } finally {
    query.mockRestore()
  }
})

test('a key shows its own shop only, and leaves no shop behind on the connection', async () => {
  const actors = await Promise.all([shop, other, shop, other].map(({ key }) => authenticate(testApp.app, key)))
  expect(actors.map((actor) => actor?.merchantId)).toEqual(
    [shop, other, shop, other].map(({ merchantId }) => merchantId),
  )
  for (let i = 0; i < 20; i++) expect((await testApp.app.database.pool.query('SELECT 1 FROM api_key')).rowCount).toBe(0)
})

test('settings are cached until they change, in the process that changes them and in others', async () => {
  const { app } = testApp
  const first = await loadMerchant(app, shop.merchantId)
  expect(await loadMerchant(app, shop.merchantId)).toBe(first)
  await db().merchant.updateMany({ data: { lowStockThreshold: 77 } })
  await vi.waitFor(
    async () => expect(await loadMerchant(app, shop.merchantId)).toMatchObject({ lowStockThreshold: 77 }),
    inTime,
  )
})
