import type { AppContext } from '../context.ts'
import { lookUp, type MerchantRef } from '../db/lookup.ts'

type App = Pick<AppContext, 'database'>

/** Dead jobs whose retry was requested more than `olderThanSeconds` ago and has not succeeded yet, at most `atMost`. */
export async function lookUpRetriedJobs(
  app: App,
  olderThanSeconds: number,
  atMost: number,
): Promise<(MerchantRef & { deadJobId: string })[]> {
  const text =
    'SELECT merchant_id AS "merchantId", dead_job_id AS "deadJobId" FROM lookup_retried_jobs(make_interval(secs => $1), $2)'
  return lookUp(app, { name: 'retried_jobs', text, values: [olderThanSeconds, atMost] })
}
