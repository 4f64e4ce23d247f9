import { systemActor } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import { hostedProvider } from '../providers/registry.ts'
import { findPayment } from '../queries.ts'
import { applyProviderStatus } from './apply-provider-status.ts'

type PaymentRef = { merchantId: string; paymentId: string }

/** Reads a payment's status from its provider and applies it. Does nothing for captured and for offline payments. */
export async function refreshFromProvider(app: AppContext, { merchantId, paymentId }: PaymentRef): Promise<void> {
  const row = await findPayment(app, merchantId, paymentId)
  const provider = row && hostedProvider(app.config, row.provider)
  if (!provider || !row.providerRef || row.status === 'CAPTURED') return
  const reported = await provider.read(app, { merchantId, providerRef: row.providerRef })
  await withTenant(app, systemActor(merchantId), (unit) => applyProviderStatus(unit, paymentId, reported))
}
