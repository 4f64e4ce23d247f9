import type { AppContext } from '../../../context.ts'
import { hostedProvider } from '../providers/registry.ts'
import { findPayment } from '../queries.ts'
import { refreshFromProvider } from './refresh-from-provider.ts'

/** Closes the checkout page of a cancelled or expired payment, and captures money that arrived before. */
export async function closeProviderCheckout(
  app: AppContext,
  { merchantId, paymentId }: { merchantId: string; paymentId: string },
): Promise<void> {
  const row = await findPayment(app, merchantId, paymentId)
  const provider = row && hostedProvider(app.config, row.provider)
  if (!provider || !row.providerRef || (row.status !== 'CANCELLED' && row.status !== 'EXPIRED')) return
  await provider.close(app, { merchantId, providerRef: row.providerRef })
  await refreshFromProvider(app, { merchantId, paymentId })
}
