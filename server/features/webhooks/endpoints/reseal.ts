import { seal, unseal } from '../../../auth/sealing.ts'
import type { AppContext } from '../../../context.ts'
import { merchantTransaction } from '../../../db/merchant-query.ts'
import { lookUpMerchants } from '../../merchants/lookups.ts'

const SEALED = 'SELECT id, secret, previous_secret AS "previousSecret" FROM webhook_endpoint ORDER BY id FOR UPDATE'
type Sealed = { id: string; secret: Buffer; previousSecret: Buffer | null }

/** Encrypts the secrets of all endpoints with the current key, except those that the former key does not decrypt. */
export async function resealEndpoints(app: AppContext, formerKey: string): Promise<void> {
  for (const merchantId of await lookUpMerchants(app)) {
    await merchantTransaction(app, merchantId, async (client) => {
      const { rows } = await client.query<Sealed>(SEALED)
      for (const { id, secret, previousSecret } of rows) {
        const renew = (sealed: Buffer | null) => sealed && resealSecret(app, { id, sealed, formerKey })
        await client.query('UPDATE webhook_endpoint SET secret = $2, previous_secret = $3 WHERE id = $1', [
          id,
          renew(secret),
          renew(previousSecret),
        ])
      }
    })
  }
}

function resealSecret(
  { config }: AppContext,
  { id, sealed, formerKey }: { id: string; sealed: Buffer; formerKey: string },
) {
  const secret = tryUnseal(formerKey, id, sealed)
  // Encrypted with the current key already, or with a lost one.
  return secret === null ? sealed : seal(config.secretKey, 'webhook-secret', id, secret)
}

function tryUnseal(key: string, id: string, sealed: Buffer): string | null {
  try {
    return unseal(key, 'webhook-secret', id, sealed)
  } catch {
    return null
  }
}
