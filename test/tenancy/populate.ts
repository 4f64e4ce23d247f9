import type { AppContext } from '../../server/context.ts'
import { ingestMessages } from '../../server/features/conversations/messages/intake.ts'
import { createProduct } from '../../server/features/catalog/service.ts'
import { placeOrder } from '../../server/features/orders/service/place-order.ts'
import { transitionOrder } from '../../server/features/orders/service/transition-order.ts'
import { setCartLine } from '../../server/features/carts/service.ts'
import { signIn } from '../../server/features/staff/service.ts'
import { createTestShop, type TestShop } from '../harness/shop.ts'
import { tenantDb } from '../harness/tenant-db.ts'
import { newWamid } from '../harness/whatsapp.ts'
import { populateTemplates } from './features/templates.ts'
import type { ObjectKind } from './matrix.ts'
import { populateApiKeys } from './features/api-keys.ts'
import { populateTeam } from './features/team.ts'
import { populateMedia } from './features/media.ts'
import { populatePayments } from './features/payments.ts'
import { populateWebhooks } from './features/webhooks.ts'

export type TestCustomer = { customerId: string; conversationId: string; orderId: string; messageId: string }
/** A shop with at least one row in every table of a shop. */
export type PopulatedShop = TestShop & {
  categoryId: string
  productId: string
  variantId: string
  customers: [TestCustomer, TestCustomer]
  session: { cookie: string }
  /** Ids of the objects that FEATURES added. */
  ids: Partial<Record<ObjectKind, string>>
}

/** Adds a feature's rows to the shop, at least one to each of its tables. Returns the ids that the matrix uses. */
export type Populate = (app: AppContext, shop: PopulatedShop) => Promise<Partial<Record<ObjectKind, string>>>

/** All features with tables that `createPopulatedShop` does not fill itself. */
const FEATURES: readonly Populate[] = [
  populateTemplates,
  populatePayments,
  populateMedia,
  populateApiKeys,
  populateTeam,
  populateWebhooks,
]

let phones = 15_550_200_000

export async function createPopulatedShop(app: AppContext): Promise<PopulatedShop> {
  const shop = await createTestShop(app)
  const { merchantId, owner } = shop
  const db = tenantDb(app.database, merchantId)
  const category = await db.category.create({ data: { merchantId, name: `Category of ${merchantId}`, position: 1 } })
  const product = await createProduct(app, owner, {
    name: 'Coffee',
    categoryId: category.id,
    variants: [{ sku: `sku-${merchantId.slice(-8)}`, price: 500, onHand: 50 }],
  })
  const variant = await db.variant.findFirstOrThrow({ where: { productId: product.id } })
  const customers: TestCustomer[] = []
  for (const name of ['Ana', 'Ben']) {
    const phone = String(++phones)
    await ingestMessages(app, {
      statuses: [],
      messages: [
        {
          phoneNumberId: shop.phoneNumberId,
          wamid: newWamid(),
          occurredAt: new Date(),
          from: { phone: `+${phone}`, name },
          content: { kind: 'text', body: `hello from ${name}` },
        },
      ],
    })
    const conversation = await db.conversation.findFirstOrThrow({
      where: { customer: { identities: { some: { value: phone } } } },
    })
    const { customerId, id: conversationId } = conversation
    const line = { customerId, variantId: variant.id, quantity: 1 }
    await setCartLine(app, owner, line)
    const order = await placeOrder(app, owner, {
      customerId,
      fulfilment: 'DELIVERY',
      paymentMethod: 'CASH_ON_DELIVERY',
      address: '12 Test Street',
      idempotencyKey: `place-${customerId}`,
    })
    await transitionOrder(app, owner, { orderId: order.id, action: 'ACCEPT' })
    await setCartLine(app, owner, line)
    const message = await db.message.findFirstOrThrow({ where: { conversationId, direction: 'INBOUND' } })
    customers.push({ customerId, conversationId, orderId: order.id, messageId: message.id })
  }
  const { token } = await signIn(app, { email: shop.email, password: shop.password })
  const populated: PopulatedShop = {
    ...shop,
    categoryId: category.id,
    productId: product.id,
    variantId: variant.id,
    customers: customers as [TestCustomer, TestCustomer],
    session: { cookie: `storeline_session=${token}` },
    ids: {},
  }
  for (const populate of FEATURES) Object.assign(populated.ids, await populate(app, populated))
  return populated
}
