import { createRequire } from 'node:module'
import pg from 'pg'

// The types of pg leave this out.
const { prepareValue } = createRequire(import.meta.url)('pg/lib/utils.js') as {
  prepareValue: (value: unknown) => string | Buffer | null
}

/** A node of a plan as `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)` prints it, with the fields that tests read. */
export type PlanNode = {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: PlanNode[]
}

export type Explained = { plan: PlanNode; nodes: PlanNode[]; buffers: number }

type Explain = { text: string; values?: readonly unknown[]; merchantId: string; plannedFor?: string }

/**
 * Runs a statement under its generic plan, as a connection does that has run it often, and returns the plan with what it
 * read. `plannedFor` is the merchant for which the plan is made: the first one on the connection, whoever comes after. Its
 * changes are rolled back.
 */
export async function explain(
  client: pg.ClientBase,
  { text, values = [], merchantId, plannedFor = merchantId }: Explain,
): Promise<Explained> {
  const run = `EXECUTE explained${values.length > 0 ? `(${values.map(literal).join(', ')})` : ''}`
  let prepared = false
  await client.query('BEGIN')
  try {
    await client.query('SET LOCAL plan_cache_mode = force_generic_plan')
    await setMerchant(client, plannedFor)
    await client.query(`PREPARE explained AS ${text}`)
    prepared = true
    await client.query(`EXPLAIN ${run}`)
    await setMerchant(client, merchantId)
    // An index entry of a dead row costs its first reader a visit of the table; the second read is like all others.
    let answer: { 'QUERY PLAN': [{ Plan: PlanNode }] } | undefined
    for (let time = 0; time < 2; time++) {
      await client.query('SAVEPOINT unchanged')
      answer = (await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${run}`)).rows[0]
      await client.query('ROLLBACK TO SAVEPOINT unchanged')
    }
    const plan = (answer as NonNullable<typeof answer>)['QUERY PLAN'][0].Plan
    return { plan, nodes: nodesOf(plan), buffers: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'] }
  } finally {
    await client.query('ROLLBACK')
    if (prepared) await client.query('DEALLOCATE explained')
  }
}

const setMerchant = (client: pg.ClientBase, merchantId: string) =>
  client.query(`SELECT set_config('app.merchant_id', $1, true)`, [merchantId])

/** A value as SQL, the way the driver would send it. */
function literal(value: unknown): string {
  const sent = prepareValue(value)
  if (sent === null) return 'NULL'
  return Buffer.isBuffer(sent) ? `'\\x${sent.toString('hex')}'` : pg.escapeLiteral(sent)
}

export const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]
