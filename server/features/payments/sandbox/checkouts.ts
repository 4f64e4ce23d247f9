import { randomBytes } from 'node:crypto'
import { uuidv7 } from 'uuidv7'
import { systemActor } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { isUuid, queryMerchant } from '../../../db/merchant-query.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import type { SandboxStatus } from '../../../generated/prisma/enums.ts'
import { lookUpMerchants } from '../../merchants/lookups.ts'

/** A checkout of the sandbox. `amount` in minor units. */
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
  /** Ms until a SETTLING checkout is paid. */
  msToSettle: number
  announced: boolean
}

export type Outcome = 'PAID' | 'DECLINED' | 'SETTLING'

/** Delay of "Pay, but settle later". */
const SETTLE_SECONDS = 15

// A SETTLING checkout counts as paid from `settles_at` on, without a write.
const STATUS = `CASE WHEN status = 'SETTLING' AND settles_at <= now() THEN 'PAID' ELSE status::text END`
const COLUMNS = `id, merchant_id AS "merchantId", token, ${STATUS} AS status, amount::float8 AS amount, currency,
  shop_name AS "shopName", order_number AS "orderNumber", locale, return_url AS "returnUrl", announced_at IS NOT NULL AS announced,
  coalesce(status = 'OPEN' AND expires_at <= now(), false) AS expired,
  greatest(0, coalesce(extract(epoch FROM settles_at - now()) * 1000, 0))::float8 AS "msToSettle"`

/** The token holds the merchant's id (16 bytes), so that a checkout is found within its tenant, and 24 random bytes. */
function newToken(merchantId: string): string {
  return Buffer.concat([Buffer.from(merchantId.replaceAll('-', ''), 'hex'), randomBytes(24)]).toString('base64url')
}

function merchantOf(token: string): string | null {
  if (!/^[\w-]{54}$/.test(token)) return null
  const hex = Buffer.from(token, 'base64url').subarray(0, 16).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Opens a checkout, or returns the one that the payment already has. */
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

/** A checkout by id, as a provider's API would return it. */
export async function readCheckout(
  app: AppContext,
  merchantId: string,
  id: string,
): Promise<SandboxCheckout | undefined> {
  if (!isUuid(id)) return undefined
  const text = `SELECT ${COLUMNS} FROM sandbox_checkout WHERE id = $1::uuid`
  return (await queryMerchant<SandboxCheckout>(app, merchantId, text, [id]))[0]
}

/** A checkout by the token of its address, or undefined when there is none. */
export async function findCheckout(app: AppContext, token: string): Promise<SandboxCheckout | undefined> {
  const merchantId = merchantOf(token)
  if (!merchantId) return undefined
  const text = `SELECT ${COLUMNS} FROM sandbox_checkout WHERE token = $1`
  return (await queryMerchant<SandboxCheckout>(app, merchantId, text, [token]))[0]
}

/** Sets the outcome of an open checkout. Returns false for a checkout that has an outcome or has expired. */
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

/** Closes an open checkout. */
export async function closeCheckout(app: AppContext, merchantId: string, id: string): Promise<void> {
  if (!isUuid(id)) return
  const text = `UPDATE sandbox_checkout SET status = 'CLOSED' WHERE id = $1::uuid AND status = 'OPEN'`
  await queryMerchant(app, merchantId, text, [id])
}

/** Records that the receiver has accepted the webhook of the final status. */
export async function markDelivered(
  app: AppContext,
  { id, merchantId }: Pick<SandboxCheckout, 'id' | 'merchantId'>,
): Promise<void> {
  await queryMerchant(app, merchantId, 'UPDATE sandbox_checkout SET announced_at = now() WHERE id = $1::uuid', [id])
}

/** Checkouts with an outcome whose final webhook is not delivered. */
export async function undeliveredCheckouts(app: AppContext): Promise<SandboxCheckout[]> {
  const text = `SELECT ${COLUMNS} FROM sandbox_checkout
    WHERE announced_at IS NULL AND status IN ('SETTLING', 'PAID', 'DECLINED') AND created_at > now() - interval '3 days'
    ORDER BY created_at DESC LIMIT 100`
  const merchants = await lookUpMerchants(app)
  const found: SandboxCheckout[] = []
  for (const merchantId of merchants) found.push(...(await queryMerchant<SandboxCheckout>(app, merchantId, text)))
  return found
}
