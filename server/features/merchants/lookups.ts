import type { AppContext } from '../../context.ts'
import { lookUp } from '../../db/lookup.ts'

type App = Pick<AppContext, 'database'>

/** Every merchant of the installation. */
export async function lookUpMerchants(app: App): Promise<string[]> {
  const text = 'SELECT merchant_id AS "merchantId" FROM lookup_merchants()'
  return (await lookUp(app, { name: 'merchants', text })).map(({ merchantId }) => merchantId)
}

/** The merchant that a WhatsApp number belongs to. */
export async function lookUpMerchantOfNumber(app: App, phoneNumberId: string): Promise<string | undefined> {
  const text = 'SELECT merchant_id AS "merchantId" FROM lookup_phone_number($1)'
  return (await lookUp(app, { name: 'phone_number', text, values: [phoneNumberId] }))[0]?.merchantId
}

/** The merchants that share a WhatsApp Business account (WABA). */
export async function lookUpMerchantsOfWaba(app: App, wabaId: string): Promise<string[]> {
  const text = 'SELECT merchant_id AS "merchantId" FROM lookup_waba($1)'
  return (await lookUp(app, { name: 'waba', text, values: [wabaId] })).map(({ merchantId }) => merchantId)
}
