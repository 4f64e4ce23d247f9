import type { AppContext } from '../context.ts'
import { lookUp, type MerchantRef } from '../db/lookup.ts'

type App = Pick<AppContext, 'database'>

/** The API key that has this secret, or had it before a rotation. */
export async function lookUpApiKey(
  app: App,
  secretHash: Buffer,
): Promise<(MerchantRef & { apiKeyId: string }) | undefined> {
  const text = 'SELECT api_key_id AS "apiKeyId", merchant_id AS "merchantId" FROM lookup_api_key($1)'
  return (await lookUp<MerchantRef & { apiKeyId: string }>(app, { name: 'api_key', text, values: [secretHash] }))[0]
}
