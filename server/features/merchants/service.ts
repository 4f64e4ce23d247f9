import { uuidv7 } from 'uuidv7'
import { systemActor } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { tenantStore } from '../../db/tenant-pool.ts'
import { withTenant } from '../../db/tenant.ts'
import { AppError } from '../../errors.ts'
import type { PaymentMethod } from '../../generated/prisma/enums.ts'

/** What nearly every answer needs to know of a shop. */
export type Shop = {
  id: string
  name: string
  slug: string
  currency: string
  locale: string
  timeZone: string
  /** Minor units. */
  deliveryFee: number
  pickupAddress: string | null
  orderAcceptMinutes: number
  lowStockThreshold: number
  /** Ways to pay the shop offers, the usual one first. */
  paymentMethods: PaymentMethod[]
  /** Where customers transfer to; null for no bank transfer. */
  bankDetails: string | null
  paymentDueMinutes: number
  botOnline: boolean
}

const TTL_MS = 2_000
const caches = new WeakMap<AppContext, Map<string, { shop: Promise<Shop>; until: number }>>()

/** The shop, at most two seconds old. @throws AppError NOT_FOUND when it does not exist. */
export function loadShop(app: AppContext, merchantId: string): Promise<Shop> {
  const cache = caches.get(app) ?? new Map<string, { shop: Promise<Shop>; until: number }>()
  caches.set(app, cache)
  const found = cache.get(merchantId)
  if (found && found.until > Date.now()) return found.shop
  const shop = readShop(app, merchantId)
  if (cache.size > 10_000) cache.clear()
  cache.set(merchantId, { shop, until: Date.now() + TTL_MS })
  // A failure is not remembered.
  shop.catch(() => cache.delete(merchantId))
  return shop
}

/** Reads the shop anew from now on: it has changed. Other processes see the change within two seconds. */
export const forgetShop = (app: AppContext, merchantId: string): void => void caches.get(app)?.delete(merchantId)

async function readShop(app: AppContext, merchantId: string): Promise<Shop> {
  const { rows } = await tenantStore.run({ merchantId }, () =>
    app.database.pool.query<Shop>({
      name: 'shop',
      text: `SELECT id, name, slug, currency, locale, time_zone AS "timeZone", delivery_fee::float8 AS "deliveryFee",
        pickup_address AS "pickupAddress", order_accept_minutes AS "orderAcceptMinutes",
        low_stock_threshold AS "lowStockThreshold", payment_methods::text[] AS "paymentMethods", bank_details AS "bankDetails",
        payment_due_minutes AS "paymentDueMinutes", bot_online AS "botOnline" FROM merchant`,
    }),
  )
  if (!rows[0]) throw new AppError('NOT_FOUND', 'This shop does not exist.')
  return rows[0]
}

export type NewMerchant = {
  name: string
  slug: string
  currency: string
  locale: string
  timeZone: string
  deliveryFee: number
  pickupAddress: string | null
  whatsapp: { phoneNumberId: string; wabaId: string; displayPhone: string }
}

/** Opens a shop with its counters and WhatsApp number; returns its id. */
export async function createMerchant(
  app: AppContext,
  { whatsapp, deliveryFee, ...merchant }: NewMerchant,
): Promise<string> {
  const merchantId = uuidv7()
  await withTenant(app, systemActor(merchantId), async ({ tx, audit }) => {
    await tx.merchant.create({ data: { id: merchantId, ...merchant, deliveryFee } })
    await tx.eventCounter.create({ data: { merchantId } })
    await tx.eventRelay.create({ data: { merchantId } })
    await tx.orderCounter.create({ data: { merchantId } })
    await tx.whatsappNumber.create({ data: { merchantId, ...whatsapp } })
    audit({ action: 'merchant.create', subjectId: merchantId })
  })
  return merchantId
}
