import type { AppContext } from '../../context.ts'
import { isoTime, queryMerchant } from '../../db/merchant-query.ts'
import type { Keyset, PageRequest } from '../../graphql/connection.ts'
import { countOf, listStatement, newestFirst, pageOf } from '../../graphql/list-sql.ts'
import type { QueueName } from '../../jobs/kit.ts'

export type DeadJobStatus = 'DEAD' | 'RETRYING' | 'SUCCEEDED'

export type DeadJobRow = {
  id: string
  queue: QueueName
  name: string
  payload: unknown
  reason: string
  attempts: number
  retries: number
  requestId: string | null
  status: DeadJobStatus
  failedAt: string
}

const DEAD_JOB = `SELECT id, queue, name, payload, reason, attempts, retries, request_id AS "requestId", ${isoTime('failed_at')} AS "failedAt",
  CASE WHEN succeeded_at IS NOT NULL THEN 'SUCCEEDED' WHEN retried_at IS NOT NULL THEN 'RETRYING' ELSE 'DEAD' END AS status FROM dead_job`
const OPEN = 'succeeded_at IS NULL'

export type DeadJobFilter = { queue?: QueueName | null; open?: boolean | null }

/** The shop's dead jobs, the latest failure first, by keyset; when `open` only those that have not succeeded since. */
export function findDeadJobs(app: AppContext, merchantId: string, { queue, open }: DeadJobFilter) {
  const statement = () => {
    const list = listStatement()
    if (queue) list.add(`queue = ${list.put(queue)}`)
    if (open) list.add(OPEN)
    return list
  }
  return {
    fetch: (page: PageRequest): Promise<DeadJobRow[]> => {
      const list = statement()
      const text = `${DEAD_JOB} ${pageOf(list, page, newestFirst('failed_at', 'id'))}`
      return queryMerchant(app, merchantId, text, list.values)
    },
    keyOf: (row: DeadJobRow): Keyset => ({ value: row.failedAt, id: row.id }),
    count: async (): Promise<number> => {
      const list = statement()
      const text = countOf(`dead_job ${list.where()}`)
      return (await queryMerchant<{ n: number }>(app, merchantId, text, list.values))[0]?.n ?? 0
    },
  }
}

export const loadDeadJob = async (app: AppContext, merchantId: string, id: string): Promise<DeadJobRow | undefined> =>
  (await queryMerchant<DeadJobRow>(app, merchantId, `${DEAD_JOB} WHERE id = $1::uuid`, [id]))[0]

/** Number of the shop's dead jobs that are not being retried, by queue. */
export async function countDead(app: AppContext, merchantId: string): Promise<Map<string, number>> {
  const text = `SELECT queue, count(*)::int AS n FROM dead_job WHERE ${OPEN} AND retried_at IS NULL GROUP BY queue`
  const rows = await queryMerchant<{ queue: string; n: number }>(app, merchantId, text)
  return new Map(rows.map(({ queue, n }) => [queue, n]))
}
