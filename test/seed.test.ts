import { buffer } from 'node:stream/consumers'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seedDemo, type DemoShop } from '../prisma/seed.ts'
import { systemActor } from '../server/auth/actor.ts'
import { loadMerchant } from '../server/features/merchants/service.ts'
import { offeredMethods } from '../server/features/payments/providers/registry.ts'
import { updatePaymentSettings } from '../server/features/payments/service/update-payment-settings.ts'
import { signIn } from '../server/features/staff/service.ts'
import { submitTemplate } from '../server/features/templates/submission.ts'
import { openTestApp, type TestApp } from './harness/app.ts'
import { tenantDb } from './harness/tenant-db.ts'

const password = 'a password for the demo'
let testApp: TestApp
let shops: DemoShop[]

beforeAll(async () => {
  testApp = await openTestApp()
  shops = await seedDemo(testApp.app, { password })
})
afterAll(() => testApp[Symbol.asyncDispose]())

test('two shops of different currency and language open, each with staff who can sign in', async () => {
  const { app } = testApp
  expect(shops).toHaveLength(2)
  const merchants = await Promise.all(
    shops.map((shop) => tenantDb(app.database, shop.merchantId).merchant.findFirstOrThrow()),
  )
  expect(merchants.map(({ currency, locale }) => [currency, locale])).toEqual([
    ['USD', 'en-US'],
    ['MXN', 'es-MX'],
  ])
  for (const shop of shops) {
    expect(shop.staff.map((member) => member.role)).toEqual(['OWNER', 'AGENT', 'VIEWER'])
    expect(shop.phoneNumberId).toMatch(/^\d+$/)
    for (const { email } of shop.staff) {
      const { actor } = await signIn(app, { email, password })
      expect(actor.merchantId).toBe(shop.merchantId)
    }
  }
})

test('every product has a category, stock and a square JPEG of at most 80 kB', async () => {
  const { app } = testApp
  for (const { merchantId } of shops) {
    const products = await tenantDb(app.database, merchantId).product.findMany({
      include: { variants: true, category: true },
      orderBy: { position: 'asc' },
    })
    expect(products).toHaveLength(8)
    for (const { name, imageKey, variants, category } of products) {
      expect(category, name).not.toBeNull()
      expect(
        variants.every((variant) => variant.onHand > 0),
        name,
      ).toBe(true)
      const image = await buffer(await app.storage.read(imageKey ?? ''))
      expect(image.length, name).toBeLessThanOrEqual(80_000)
      expect(await sharp(image).metadata()).toMatchObject({ format: 'jpeg', width: 800, height: 800 })
    }
  }
})

test('customers may pay in every way, to an account that is plainly invented', async () => {
  for (const { merchantId } of shops) {
    const shop = await loadMerchant(testApp.app, merchantId)
    expect(offeredMethods(testApp.app.config, shop)).toEqual(['CASH_ON_DELIVERY', 'ONLINE', 'BANK_TRANSFER'])
    expect(shop.bankDetails).toMatch(/demo/)
  }
})

test('settings that a shop has changed are left alone', async () => {
  const [shop] = shops
  if (!shop) throw new Error('no shop')
  const actor = systemActor(shop.merchantId)
  const all = await loadMerchant(testApp.app, shop.merchantId)
  await updatePaymentSettings(testApp.app, actor, { methods: ['CASH_ON_DELIVERY'] })
  await seedDemo(testApp.app, { password })
  expect((await loadMerchant(testApp.app, shop.merchantId)).paymentMethods).toEqual(['CASH_ON_DELIVERY'])
  await updatePaymentSettings(testApp.app, actor, { methods: all.paymentMethods })
})

test('seeding again changes nothing and answers the same', async () => {
  expect(await seedDemo(testApp.app, { password: 'another password' })).toEqual(shops)
  const counts = await Promise.all(
    shops.map(({ merchantId }) => tenantDb(testApp.app.database, merchantId).product.count()),
  )
  expect(counts).toEqual([8, 8])
  await signIn(testApp.app, { email: shops[0]?.staff[0]?.email ?? '', password })
})

test('each shop has templates in its language that WhatsApp would take, added once', async () => {
  const { app } = testApp
  await seedDemo(app, { password })
  for (const { merchantId } of shops) {
    const templates = await tenantDb(app.database, merchantId).template.findMany()
    expect(templates.length).toBeGreaterThan(0)
    expect(new Set(templates.map(({ name }) => name)).size).toBe(templates.length)
    for (const { id, name } of templates)
      expect((await submitTemplate(app, systemActor(merchantId), { id })).approval, name).toBe('PENDING')
  }
})
