import { uuidv7 } from 'uuidv7'
import type { Config } from '../../../config.ts'
import { sql, type Sql } from '../../../db/sql.ts'
import type { PaymentMethod, PaymentStatus } from '../../../generated/prisma/enums.ts'
import { isInAdvance } from '../domain.ts'
import { providerFor } from '../providers/registry.ts'

/** A payment to be inserted. `amount` in minor units. */
export type NewPayment = {
  id: string
  orderId: string
  method: PaymentMethod
  provider: string
  status: PaymentStatus
  amount: number
  currency: string
  expiresAt: Date | null
}

/**
 * A new payment of an order. A payment with a checkout page is CREATED until the provider has opened the page; any other is
 * PENDING at once.
 *
 * @throws Error when the installation has no provider for the method; callers check the offered methods first.
 */
export function planPayment(
  config: Pick<Config, 'paymentSandbox'>,
  order: { orderId: string; method: PaymentMethod; amount: number; currency: string; dueMinutes: number },
): NewPayment {
  const { orderId, method, amount, currency, dueMinutes } = order
  const provider = providerFor(config, method)
  if (!provider) throw new Error(`This installation has no provider for ${method}`)
  return {
    id: uuidv7(),
    orderId,
    method,
    provider: provider.name,
    status: provider.kind === 'HOSTED' ? 'CREATED' : 'PENDING',
    amount,
    currency,
    expiresAt: isInAdvance(method) ? new Date(Date.now() + dueMinutes * 60_000) : null,
  }
}

/** SQL that inserts the payment: a statement of its own, or a part of the statement that places the order. */
export const insertPayment = (merchantId: string, payment: NewPayment): Sql => sql`
  INSERT INTO payment (id, merchant_id, order_id, method, provider, status, amount, currency, expires_at, updated_at)
  SELECT ${payment.id}::uuid, ${merchantId}::uuid, ${payment.orderId}::uuid, ${payment.method}::payment_method, ${payment.provider},
    ${payment.status}::payment_status, ${payment.amount}::bigint, ${payment.currency}, ${payment.expiresAt}::timestamptz, now()
  WHERE ${payment.amount}::bigint > 0`
