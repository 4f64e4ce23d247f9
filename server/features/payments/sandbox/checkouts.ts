import { randomBytes } from 'node:crypto'
import { uuidv7 } from 'uuidv7'
import { systemActor } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { isUuid, queryShop } from '../../../db/shop-query.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import type { SandboxStatus } from '../../../generated/prisma/enums.ts'
import { lookUpMerchants } from '../../merchants/lookups.ts'

/** A checkout as the sandbox knows it. Amounts in minor units. */
export type SandboxCheckout = {
  id: string
  merchantId: string
  token: string
  status: SandboxStatus
  amount: number
  currency: string
  shopName: string
  orderNumber: number
  locale: string
  returnUrl: string | null
  expired: boolean
  /** How long until it is paid, while SETTLING. */
  msToSettle: number
  announced: boolean
}

export type Outcome = 'PAID' | 'DECLINED' | 'SETTLING'

/** How long "pay later" takes. */
const SETTLE_SECONDS = 15

// A checkout that settles is paid from that instant on, whether or not anybody was there to see it.
const STATUS = `CASE WHEN status = 'SETTLING' AND settles_at <= now() THEN 'PAID' ELSE status::text END`
const COLUMNS = `id, merchant_id AS "merchantId", token, ${STATUS} AS status, amount::float8 AS amount, currency,
  shop_name AS "shopName", order_number AS "orderNumber", locale, return_url AS "returnUrl", announced_at IS NOT NULL AS announced,
  coalesce(status = 'OPEN' AND expires_at <= now(), false) AS expired,
  greatest(0, coalesce(extract(epoch FROM settles_at - now()) * 1000, 0))::float8 AS "msToSettle"`

/** Names the shop too, so that a checkout is found without looking into other shops: 16 bytes of its id, 24 of chance. */
function newToken(merchantId: string): string {
  return Buffer.concat([Buffer.from(merchantId.replaceAll('-', ''), 'hex'), randomBytes(24)]).toString('base64url')
}

function merchantOf(token: string): string | null {
  if (!/^[\w-]{54}$/.test(token)) return null
  const hex = Buffer.from(token, 'base64url').subarray(0, 16).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Opens a checkout; asked again for the same payment, it answers the one there is. */
export function openCheckout(
  app: AppContext,
  request: {
    merchantId: string
    paymentId: string
    amount: number
    currency: string
    shopName: string
    orderNumber: number
    locale: string
    returnUrl: string | null
    expiresAt: Date | null
  },
): Promise<{ id: string; token: string }> {
  const { merchantId, paymentId, amount, currency, shopName, orderNumber, locale, returnUrl, expiresAt } = request
  return withTenant(app, systemActor(merchantId), async ({ tx }) => {
    await tx.$executeRaw`
      INSERT INTO sandbox_checkout (id, merchant_id, payment_id, token, amount, currency, shop_name, order_number, locale, return_url, expires_at)
      VALUES (${uuidv7()}::uuid, ${merchantId}::uuid, ${paymentId}::uuid, ${newToken(merchantId)}, ${amount}::bigint, ${currency},
        ${shopName}, ${orderNumber}::int, ${locale}, ${returnUrl}, ${expiresAt}::timestamptz)
      ON CONFLICT (payment_id) DO NOTHING`
    return tx.sandboxCheckout.findUniqueOrThrow({ where: { paymentId }, select: { id: true, token: true } })
  })
}

/** What the sandbox knows of a checkout: what a provider's API would answer. */
export async function readCheckout(
  app: AppContext,
  merchantId: string,
  id: string,
): Promise<SandboxCheckout | undefined> {
  if (!isUuid(id)) return undefined
  const text = `SELECT ${COLUMNS} FROM sandbox_checkout WHERE id = $1::uuid`
  return (await queryShop<SandboxCheckout>(app, merchantId, text, [id]))[0]
}

/** The checkout behind an address, or undefined when there is none. */
export async function findCheckout(app: AppContext, token: string): Promise<SandboxCheckout | undefined> {
  const merchantId = merchantOf(token)
  if (!merchantId) return undefined
  const text = `SELECT ${COLUMNS} FROM sandbox_checkout WHERE token = $1`
  return (await queryShop<SandboxCheckout>(app, merchantId, text, [token]))[0]
}

/** Decides an open checkout. What has been decided, or is too old, stays as it is. Returns whether this decided it. */
export function decideCheckout(
  app: AppContext,
  { id, merchantId }: Pick<SandboxCheckout, 'id' | 'merchantId'>,
  outcome: Outcome,
): Promise<boolean> {
  return withTenant(app, systemActor(merchantId), async ({ tx }) => {
    const decided = await tx.$executeRaw`
      UPDATE sandbox_checkout SET status = ${outcome}::sandbox_status,
        settles_at = CASE WHEN ${outcome} = 'SETTLING' THEN now() + make_interval(secs => ${SETTLE_SECONDS}::float8) END
      WHERE id = ${id}::uuid AND status = 'OPEN' AND (expires_at IS NULL OR expires_at > now())`
    return decided === 1
  })
}

/** Lets nobody decide an open checkout any more. */
export async function closeCheckout(app: AppContext, merchantId: string, id: string): Promise<void> {
  if (!isUuid(id)) return
  const text = `UPDATE sandbox_checkout SET status = 'CLOSED' WHERE id = $1::uuid AND status = 'OPEN'`
  await queryShop(app, merchantId, text, [id])
}

/** Remembers that the receiver has taken in the last word on a checkout. */
export async function markDelivered(
  app: AppContext,
  { id, merchantId }: Pick<SandboxCheckout, 'id' | 'merchantId'>,
): Promise<void> {
  await queryShop(app, merchantId, 'UPDATE sandbox_checkout SET announced_at = now() WHERE id = $1::uuid', [id])
}

/** Checkouts that were decided and whose receiver has not heard the last word. */
export async function undeliveredCheckouts(app: AppContext): Promise<SandboxCheckout[]> {
  const text = `SELECT ${COLUMNS} FROM sandbox_checkout
    WHERE announced_at IS NULL AND status IN ('SETTLING', 'PAID', 'DECLINED') AND created_at > now() - interval '3 days'
    ORDER BY created_at DESC LIMIT 100`
  const merchants = await lookUpMerchants(app)
  const found: SandboxCheckout[] = []
  for (const merchantId of merchants) found.push(...(await queryShop<SandboxCheckout>(app, merchantId, text)))
  return found
}
