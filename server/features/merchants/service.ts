import { uuidv7 } from 'uuidv7'
import { systemActor } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { queryShop } from '../../db/shop-query.ts'
import { withTenant, type Tx, type UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { AppError } from '../../errors.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import type { PaymentMethod } from '../../generated/prisma/enums.ts'
import { openLog } from '../../events/counter.ts'
import type { FeatureState } from '../../feature-state.ts'

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
type Cached = { shop: Promise<Shop>; value?: Shop; until: number }
const shopCache: FeatureState<Map<string, Cached>> = { open: () => new Map() }

/** The shop, at most two seconds old. @throws AppError NOT_FOUND when it does not exist. */
export function loadShop(app: AppContext, merchantId: string): Promise<Shop> {
  const cache = app.state(shopCache)
  const found = cache.get(merchantId)
  if (found && found.until > Date.now()) return found.shop
  const shop = readShop(app, merchantId)
  if (cache.size > 10_000) cache.clear()
  const cached: Cached = { shop, until: Date.now() + TTL_MS }
  cache.set(merchantId, cached)
  // A failure is not remembered.
  shop.then(
    (value) => void (cached.value = value),
    () => cache.delete(merchantId),
  )
  return shop
}

/** The same within a transaction, over the connection it holds: it must not wait for a second one. */
export async function shopOf({ app, tx, merchantId }: UnitOfWork): Promise<Shop> {
  const found = app.state(shopCache).get(merchantId)
  if (found?.value && found.until > Date.now()) return found.value
  return only(await tx.$queryRawUnsafe<Shop[]>(SHOP))
}

function only(rows: readonly Shop[]): Shop {
  if (!rows[0]) throw new AppError('NOT_FOUND', 'This shop does not exist.')
  return rows[0]
}

/** Reads the shop anew from now on: it has changed. Other processes see the change within two seconds. */
export const forgetShop = (app: AppContext, merchantId: string): void => void app.state(shopCache).delete(merchantId)

const SHOP = `SELECT id, name, slug, currency, locale, time_zone AS "timeZone", delivery_fee::float8 AS "deliveryFee",
  pickup_address AS "pickupAddress", order_accept_minutes AS "orderAcceptMinutes",
  low_stock_threshold AS "lowStockThreshold", payment_methods::text[] AS "paymentMethods", bank_details AS "bankDetails",
  payment_due_minutes AS "paymentDueMinutes", bot_online AS "botOnline" FROM merchant`

const readShop = async (app: AppContext, merchantId: string): Promise<Shop> =>
  only(await queryShop<Shop>(app, merchantId, SHOP))

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
  await withTenant(app, systemActor(merchantId), async (unit) => {
    const { tx, audit } = unit
    await tx.merchant.create({ data: { id: merchantId, ...merchant, deliveryFee } })
    await openLog(unit)
    await tx.whatsappNumber.create({ data: { merchantId, ...whatsapp } })
    audit({ action: 'merchant.create', subjectId: merchantId })
  })
  return merchantId
}

/** Changes a merchant's payment settings; a setting that is undefined stays. Call `forgetShop` after the commit. */
export async function savePaymentSettings(
  tx: Tx,
  merchantId: string,
  settings: { paymentMethods?: PaymentMethod[]; bankDetails?: string | null; paymentDueMinutes?: number },
): Promise<void> {
  await tx.merchant.update({ where: { id: merchantId }, data: settings })
}

/** Sets whether a bot is online, provided that `condition` holds in the same statement. Returns whether it changed. */
export async function setBotOnline(
  tx: Tx,
  merchantId: string,
  { online, condition }: { online: boolean; condition: string },
): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE merchant SET bot_online = ${online} WHERE id = ${merchantId}::uuid AND bot_online <> ${online} AND ${Prisma.raw(condition)}`
  return changed > 0
}
