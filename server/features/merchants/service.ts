import { uuidv7 } from 'uuidv7'
import { systemActor } from '../../auth/actor.ts'
import { createMerchantCache, type MerchantCache } from '../../auth/merchant-cache.ts'
import type { AppContext } from '../../context.ts'
import { queryMerchant } from '../../db/merchant-query.ts'
import type { Tx } from '../../db/tx.ts'
import { withTenant, type UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { AppError } from '../../errors.ts'
import { raw } from '../../db/sql.ts'
import type { PaymentMethod } from '../../generated/prisma/enums.ts'
import { openLog } from '../../events/counter.ts'
import type { FeatureState } from '../../feature-state.ts'

/** The settings of a merchant that nearly every request reads. */
export type MerchantRow = {
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
  /** Payment methods the merchant accepts, the default first. */
  paymentMethods: PaymentMethod[]
  /** Account details for bank transfers; null when none are set. */
  bankDetails: string | null
  paymentDueMinutes: number
  botOnline: boolean
}

const CAPACITY = 20_000
const merchantCache: FeatureState<MerchantCache<MerchantRow>> = {
  open: ({ changes }) =>
    createMerchantCache(changes, { capacity: CAPACITY, belonging: ({ id }) => ({ merchantId: id }) }),
  close: (cache) => cache[Symbol.dispose](),
}

/** The merchant, cached until it changes (server/auth/merchant-cache.ts). @throws AppError NOT_FOUND when it does not exist. */
export const loadMerchant = (app: AppContext, merchantId: string): Promise<MerchantRow> =>
  app.state(merchantCache).get(merchantId, () => readMerchant(app, merchantId))

/** The merchant, from the cache or over the transaction's connection: waiting for a second one could deadlock the pool. */
export async function merchantOf({ app, tx, merchantId }: UnitOfWork): Promise<MerchantRow> {
  return app.state(merchantCache).peek(merchantId) ?? firstOf(await tx.$queryRawUnsafe<MerchantRow[]>(MERCHANT))
}

function firstOf(rows: readonly MerchantRow[]): MerchantRow {
  if (!rows[0]) throw new AppError('NOT_FOUND', 'This shop does not exist.')
  return rows[0]
}

/** Signals a change of the merchant's settings that has been committed: every process reads them again. */
export const announceMerchantChange = (app: AppContext, merchantId: string): Promise<void> =>
  app.changes.announce({ kind: 'merchant', id: merchantId, merchantId })

const MERCHANT = `SELECT id, name, slug, currency, locale, time_zone AS "timeZone", delivery_fee::float8 AS "deliveryFee",
  pickup_address AS "pickupAddress", order_accept_minutes AS "orderAcceptMinutes",
  low_stock_threshold AS "lowStockThreshold", payment_methods::text[] AS "paymentMethods", bank_details AS "bankDetails",
  payment_due_minutes AS "paymentDueMinutes", bot_online AS "botOnline" FROM merchant`

const readMerchant = async (app: AppContext, merchantId: string): Promise<MerchantRow> =>
  firstOf(await queryMerchant<MerchantRow>(app, merchantId, MERCHANT))

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

/** Creates a merchant with its event log and WhatsApp number; returns its id. */
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

/** Changes a merchant's payment settings; an undefined setting does not change. Call `announceMerchantChange` after the commit. */
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
    UPDATE merchant SET bot_online = ${online} WHERE id = ${merchantId}::uuid AND bot_online <> ${online} AND ${raw(condition)}`
  return changed > 0
}
