import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { execute, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createTestShop } from '../../../test/harness/shop.ts'
import { listMerchantNumbers } from './numbers.ts'
import { createMerchant, loadMerchant } from './service.ts'

let testApp: TestApp
beforeAll(async () => {
  testApp = await openTestApp()
})
afterAll(() => testApp[Symbol.asyncDispose]())

const MERCHANT =
  '{ merchant { id name slug currency locale timeZone deliveryFee { amount formatted } pickupAddress botOnline whatsappNumbers { phoneNumberId displayPhone } } }'

test('a shop shows its settings in its own currency', async () => {
  const shop = await createTestShop(testApp.app, {
    name: 'Panadería Sol',
    currency: 'MXN',
    locale: 'es-MX',
    timeZone: 'America/Mexico_City',
    deliveryFee: 4_500,
    pickupAddress: null,
  })
  expect(await execute(testApp.app, shop.owner, MERCHANT)).toMatchObject({
    merchant: {
      id: shop.merchantId,
      name: 'Panadería Sol',
      currency: 'MXN',
      timeZone: 'America/Mexico_City',
      deliveryFee: { amount: 4_500, formatted: '$45.00' },
      pickupAddress: null,
      botOnline: false,
      whatsappNumbers: [{ phoneNumberId: shop.phoneNumberId }],
    },
  })
})

test('a currency without minor units is formatted without them', async () => {
  const shop = await createTestShop(testApp.app, { currency: 'JPY', locale: 'ja-JP', deliveryFee: 500 })
  const { merchant } = await execute<{ merchant: { deliveryFee: { formatted: string } } }>(
    testApp.app,
    shop.owner,
    MERCHANT,
  )
  expect(merchant.deliveryFee.formatted).toMatch(/^[¥￥]500$/)
})

test('the emulator lists the numbers of all shops', async () => {
  const shops = [await createTestShop(testApp.app), await createTestShop(testApp.app)]
  const numbers = (await listMerchantNumbers(testApp.app)).map(({ phoneNumberId }) => phoneNumberId)
  expect(numbers).toEqual(expect.arrayContaining(shops.map(({ phoneNumberId }) => phoneNumberId)))
})

test('a shop needs a number and a slug that no other shop has, and an ISO 4217 currency code', async () => {
  const { phoneNumberId, merchantId } = await createTestShop(testApp.app)
  const { slug } = await loadMerchant(testApp.app, merchantId)
  const shop = {
    name: 'Other',
    slug: `other-${randomUUID()}`,
    currency: 'USD',
    locale: 'en',
    timeZone: 'UTC',
    deliveryFee: 0,
    pickupAddress: null,
    whatsapp: { phoneNumberId: '1', wabaId: '1', displayPhone: '+1' },
  }
  await expect(createMerchant(testApp.app, { ...shop, whatsapp: { ...shop.whatsapp, phoneNumberId } })).rejects.toThrow(
    /unique/i,
  )
  await expect(createMerchant(testApp.app, { ...shop, slug })).rejects.toThrow(/unique/i)
  await expect(createMerchant(testApp.app, { ...shop, currency: 'usd' })).rejects.toThrow(/merchant_currency/)
})

test('loading a shop that does not exist fails with NOT_FOUND', async () => {
  await expect(loadMerchant(testApp.app, randomUUID())).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
