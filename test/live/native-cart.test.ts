import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createProduct } from '../../server/features/catalog/service.ts'
import { emulatorOf, type Phone } from '../harness/phone.ts'
import { createTestProduct } from '../harness/shop.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { tenantDb } from '../harness/tenant-db.ts'

/** A cart of WhatsApp's catalogue: emulator, webhook, server, worker and bot together. */

let storeline: TestStoreline
let emulator: ReturnType<typeof emulatorOf>
let phone: Phone
let phones = 5_215_512_340_000

beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api', 'worker', 'bot', 'emulator'] })
  emulator = emulatorOf(storeline)
})
afterAll(() => storeline[Symbol.asyncDispose]())
beforeEach(async () => {
  phone = await emulator.phone({ phone: `+${++phones}` })
})

const db = () => tenantDb(storeline.app.database, storeline.shop.merchantId)
const product = (name: string, onHand: number) =>
  createTestProduct(storeline.app, storeline.shop.owner, { name, onHand, price: 500 })

/** Sends an order message as Meta does, and returns the texts of the shop's answers once there are `count`. */
async function sendCart(items: object[], count: number): Promise<string[]> {
  const before = (await phone.chat()).filter((message) => message.from === 'shop').length
  const part = { type: 'order', order: { catalog_id: '194836987003835', text: '', product_items: items } }
  await emulator.control(`/chats/${storeline.shop.phoneNumberId}/${phone.customerId}/messages`, { kind: 'raw', part })
  const answers = await vi.waitFor(
    async () => {
      const all = (await phone.chat()).filter((message) => message.from === 'shop').slice(before)
      if (all.length < count) throw new Error(`${all.length} of ${count} answers yet`)
      return all
    },
    { timeout: 20_000, interval: 50 },
  )
  return answers.map(({ body }) => String(body['text']))
}
/** The quantities of all carts, by SKU. */
const inCarts = async () =>
  Object.fromEntries(
    (await db().cartLine.findMany({ include: { variant: true } })).map(({ variant, quantity }) => [
      variant.sku,
      quantity,
    ]),
  )

test('its items are in the cart at the shop’s prices, and the customer reads in their language which are not and why', async () => {
  const [latte, beans, mug] = [await product('Latte', 20), await product('Beans', 3), await product('Mug', 0)]
  const price = { item_price: 30.0, currency: 'USD' }
  const answers = await sendCart(
    [
      { product_retailer_id: latte.sku, quantity: 2, ...price },
      { product_retailer_id: beans.sku, quantity: 5, ...price },
      { product_retailer_id: latte.sku, quantity: 1 },
      { product_retailer_id: mug.sku, quantity: 1, ...price },
      { product_retailer_id: 'GONE', quantity: 1, ...price },
    ],
    2,
  )
  expect(answers[0]?.split('\n')).toEqual([
    'Lo siento, solo quedan 3 de *Beans*.',
    'Lo siento, *Mug* está agotado.',
    'Un artículo de tu lista ya no está disponible.',
  ])
  expect(answers[1]).toContain('3 × Latte · $15.00')
  expect(answers[1]).toContain('Subtotal: *$15.00*')
  expect(await inCarts()).toEqual({ [latte.sku]: 3 })

  const corrected = await sendCart([{ product_retailer_id: beans.sku, quantity: 3, ...price }], 1)
  expect(corrected[0]).toContain('Ahora es tu carrito')
  expect(await inCarts()).toEqual({ [beans.sku]: 3 })
})

test('all of its 35 items are in the cart', async () => {
  const variants = Array.from({ length: 35 }, (_, n) => ({ sku: `P-${n}`, name: `Nr. ${n}`, price: 100, onHand: 5 }))
  await createProduct(storeline.app, storeline.shop.owner, { name: 'Pins', variants })
  const items = variants.map(({ sku }) => ({ product_retailer_id: sku, quantity: 1, item_price: 1, currency: 'USD' }))
  const [answer] = await sendCart(items, 1)
  expect(answer).toContain('Subtotal: *$35.00*')
  expect(await inCarts()).toMatchObject(Object.fromEntries(variants.map(({ sku }) => [sku, 1])))
})
