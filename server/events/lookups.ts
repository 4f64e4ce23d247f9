import type { AppContext } from '../context.ts'
import { lookUp } from '../db/lookup.ts'

type App = Pick<AppContext, 'database'>

/** Merchants whose log holds events after the relay offset. */
export async function lookUpUnrelayed(app: App): Promise<string[]> {
  const text = 'SELECT merchant_id AS "merchantId" FROM lookup_unrelayed()'
  return (await lookUp(app, { name: 'unrelayed', text })).map(({ merchantId }) => merchantId)
}
