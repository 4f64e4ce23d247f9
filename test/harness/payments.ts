import { randomUUID } from 'node:crypto'
import { systemActor } from '../../server/auth/actor.ts'
import type { AppContext } from '../../server/context.ts'
import { withTenant } from '../../server/unit-of-work/unit-of-work.ts'
import { setCartLine } from '../../server/features/carts/service.ts'
import { placeOrder } from '../../server/features/orders/service/place-order.ts'
import { SIGNATURE_HEADER, signatureHeader } from '../../server/features/payments/sandbox/signature.ts'
import { updatePaymentSettings } from '../../server/features/payments/service/update-payment-settings.ts'
import type { PaymentMethod } from '../../server/generated/prisma/enums.ts'
import { createCustomer } from './app.ts'
import { createTestProduct, createTestShop, type TestShop } from './shop.ts'
import { tenantDb } from './tenant-db.ts'

export const BANK_DETAILS = 'Test Shop, Sample Bank, IBAN XX00 TEST'

/** A shop that is paid in all three ways, with something to sell at `price` minor units. */
export async function createPaidShop(
  app: AppContext,
  { price = 1_000, dueMinutes = 120 } = {},
): Promise<TestShop & { variantId: string }> {
  const shop = await createTestShop(app)
  await updatePaymentSettings(app, shop.owner, {
    methods: ['CASH_ON_DELIVERY', 'BANK_TRANSFER', 'ONLINE'],
    bankDetails: BANK_DETAILS,
    paymentDueMinutes: dueMinutes,
  })
  const { variantId } = await createTestProduct(app, shop.owner, { price, onHand: 1_000 })
  return { ...shop, variantId }
}

/** A pick-up order of one piece, of a customer of its own. */
export async function orderPaidBy(
  app: AppContext,
  shop: TestShop & { variantId: string },
  paymentMethod: PaymentMethod,
): Promise<{ orderId: string; customerId: string; conversationId: string; paymentId: string }> {
  const { customerId, conversationId } = await createCustomer(app, shop.merchantId)
  await setCartLine(app, shop.owner, { customerId, variantId: shop.variantId, quantity: 1 })
  const { id: orderId } = await placeOrder(app, shop.owner, { customerId, fulfilment: 'PICKUP', paymentMethod })
  const payment = await tenantDb(app.database, shop.merchantId).payment.findFirstOrThrow({ where: { orderId } })
  return { orderId, customerId, conversationId, paymentId: payment.id }
}

/** A photo of the customer, as intake would leave it: a message, and its image still to be fetched. */
export async function customerPhoto(
  app: AppContext,
  merchantId: string,
  conversationId: string,
  { withImage = true } = {},
): Promise<{ messageId: string; mediaId: string | null }> {
  const messageId = randomUUID()
  const mediaId = withImage ? randomUUID() : null
  await withTenant(app, systemActor(merchantId), async ({ tx }) => {
    await tx.message.create({
      data: {
        id: messageId,
        merchantId,
        conversationId,
        direction: 'INBOUND',
        author: 'CUSTOMER',
        kind: withImage ? 'image' : 'text',
        content: {},
        text: '',
        status: 'READ',
        occurredAt: new Date(),
      },
    })
    if (mediaId)
      await tx.mediaAsset.create({
        data: {
          id: mediaId,
          merchantId,
          status: 'PROCESSING',
          origin: 'CUSTOMER',
          visibility: 'PRIVATE',
          folder: randomUUID(),
          messageId,
          createdBy: 'CUSTOMER:',
        },
      })
  })
  return { messageId, mediaId }
}

/** A webhook of the sandbox as it would send it, over the same bytes it signs. */
export function sandboxWebhook(
  app: AppContext,
  data: { checkout: string; status: 'SETTLING' | 'PAID' | 'DECLINED'; amount: number; currency: string },
  { id = `evt_${data.checkout}_${data.status}`, at = Date.now(), secretKey = app.config.secretKey } = {},
): { raw: Buffer; headers: Record<string, string> } {
  const types = { SETTLING: 'checkout.pending', PAID: 'checkout.paid', DECLINED: 'checkout.declined' }
  const body = JSON.stringify({ id, type: types[data.status], createdAt: new Date(at).toISOString(), data })
  return {
    raw: Buffer.from(body),
    headers: { 'content-type': 'application/json', [SIGNATURE_HEADER]: signatureHeader(secretKey, body, at) },
  }
}
