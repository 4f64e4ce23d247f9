import type { AppContext } from '../../context.ts'
import { lookUp, type MerchantRef } from '../../db/lookup.ts'

type App = Pick<AppContext, 'database'>

/** The payment that a provider knows by `providerRef`. */
export async function lookUpPayment(
  app: App,
  provider: string,
  providerRef: string,
): Promise<(MerchantRef & { paymentId: string }) | undefined> {
  const text = 'SELECT merchant_id AS "merchantId", payment_id AS "paymentId" FROM lookup_payment($1, $2)'
  const values = [provider, providerRef]
  return (await lookUp<MerchantRef & { paymentId: string }>(app, { name: 'payment', text, values }))[0]
}

/** Open payments that are due, or will be within `aheadSeconds`; at most `atMost`. */
export async function lookUpDuePayments(
  app: App,
  aheadSeconds: number,
  atMost: number,
): Promise<(MerchantRef & { paymentId: string })[]> {
  const text =
    'SELECT merchant_id AS "merchantId", payment_id AS "paymentId" FROM lookup_due_payments(make_interval(secs => $1), $2)'
  return lookUp(app, { name: 'due_payments', text, values: [aheadSeconds, atMost] })
}
