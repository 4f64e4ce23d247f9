import type { AppContext } from '../context.ts'
import { lookUp } from '../db/lookup.ts'

type App = Pick<AppContext, 'database'>

/** Merchants whose log holds events after the relay offset. */
export async function lookUpUnrelayed(app: App): Promise<string[]> {
  const text = 'SELECT merchant_id AS "merchantId" FROM lookup_unrelayed()'
  return (await lookUp(app, { name: 'unrelayed', text })).map(({ merchantId }) => merchantId)
}

/** Merchants whose log may hold events that were not relayed or dispatched, for longer than `olderThanMs`; the oldest first. */
export async function lookUpUnsettled(app: App, olderThanMs: number): Promise<string[]> {
  const text = 'SELECT merchant_id AS "merchantId" FROM lookup_unsettled(make_interval(secs => $1))'
  const rows = await lookUp(app, { name: 'unsettled', text, values: [olderThanMs / 1000] })
  return rows.map(({ merchantId }) => merchantId)
}
