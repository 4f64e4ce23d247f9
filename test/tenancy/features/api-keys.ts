import { createApiKey } from '../../../server/features/api-keys/service.ts'
import type { Populate } from '../populate.ts'

/** Creates a key besides the one that tests use for requests, so that they may revoke it. */
export const populateApiKeys: Populate = async (app, shop) => {
  const { id } = await createApiKey(app, shop.owner, { name: 'Lively', scopes: ['orders:read'] })
  return { apiKey: id }
}
