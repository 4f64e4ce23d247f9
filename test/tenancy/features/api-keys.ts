import { createApiKey } from '../../../server/features/api-keys/service.ts'
import type { Populate } from '../populate.ts'

/** A key beyond the one the shop is asked with, so that the tests may end it. */
export const populateApiKeys: Populate = async (app, shop) => {
  const { id } = await createApiKey(app, shop.owner, { name: 'Lively', scopes: ['orders:read'] })
  return { apiKey: id }
}
