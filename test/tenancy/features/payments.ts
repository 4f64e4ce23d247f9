import { ingestProviderEvent } from '../../../server/features/payments/service/ingest-provider-event.ts'
import { updatePaymentSettings } from '../../../server/features/payments/service/update-payment-settings.ts'
import { startPayment } from '../../../server/features/orders/service/start-payment.ts'
import type { Populate } from '../populate.ts'
import { tenantDb } from '../../harness/tenant-db.ts'

/** Captures an online payment of the second customer. Returns the cash payment of the first, which tests may transition. */
export const populatePayments: Populate = async (app, { merchantId, owner, customers }) => {
  await updatePaymentSettings(app, owner, { methods: ['CASH_ON_DELIVERY', 'ONLINE'] })
  const [first, second] = customers
  const { id, providerRef } = await startPayment(app, owner, { orderId: second.orderId, method: 'ONLINE' })
  const { amount, currency } = await tenantDb(app.database, merchantId).payment.findUniqueOrThrow({ where: { id } })
  await ingestProviderEvent(app, 'sandbox', {
    id: `evt_${id}`,
    type: 'checkout.paid',
    providerRef: providerRef ?? '',
    reported: { status: 'CAPTURED', amount: Number(amount), currency, detail: null },
    payload: {},
  })
  const waiting = await tenantDb(app.database, merchantId).payment.findFirstOrThrow({
    where: { orderId: first.orderId },
  })
  return { payment: waiting.id }
}
