import pg from 'pg'
import { inject } from 'vitest'
import type { AppContext } from '../../server/context.ts'
import { nodesOf, type PlanNode } from './explain.ts'

/** A statement that ran, and the plan by which it ran. */
export type RecordedPlan = { text: string; plan: PlanNode; faults: (mostRows: number) => string[] }

const asAdmin = async (sql: readonly string[]) => {
  const admin = new pg.Client({ connectionString: inject('adminUrl') })
  await admin.connect()
  for (const one of sql) await admin.query(one)
  await admin.end()
}

/** Rows that a scan of a whole table may read: a small table is scanned sooner than its index is opened. */
const FEW = 50

function faultsOf(plan: PlanNode, mostRows: number): string[] {
  return nodesOf(plan).flatMap((node) => {
    const name = node['Relation Name'] ?? node['Index Name']
    if (!name) return []
    const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)
    const read = Math.round((node['Actual Rows'] + removed) * node['Actual Loops'])
    if (node['Node Type'] === 'Seq Scan') return read > FEW ? [`scans ${name} (${read} rows)`] : []
    return read > mostRows ? [`reads ${read} rows of ${name} by ${node['Index Name'] ?? node['Node Type']}`] : []
  })
}

/**
 * Records the plan of every statement that an app sends, and of every one that runs inside of a function, as PostgreSQL's
 * auto_explain reports it.
 */
export const recordPlans = {
  /** Has PostgreSQL report plans in this database, and make generic ones, which hold for whatever shop comes next. */
  prepare: (database: string): Promise<void> =>
    asAdmin(
      Object.entries({
        session_preload_libraries: 'auto_explain',
        'auto_explain.log_min_duration': '0',
        'auto_explain.log_level': 'notice',
        'auto_explain.log_format': 'json',
        'auto_explain.log_analyze': 'on',
        'auto_explain.log_buffers': 'on',
        'auto_explain.log_timing': 'off',
        'auto_explain.log_nested_statements': 'on',
        plan_cache_mode: 'force_generic_plan',
      }).map(([name, value]) => `ALTER DATABASE ${database} SET ${name} = '${value}'`),
    ),
  during: async (app: AppContext, work: () => Promise<void>): Promise<RecordedPlan[]> => {
    const recorded: RecordedPlan[] = []
    const listen = (client: pg.ClientBase) =>
      client.on('notice', ({ message = '' }) => {
        const json = /^duration: .* plan:\n(\{.*\})$/s.exec(message)?.[1]
        if (!json) return
        const { 'Query Text': text, Plan: plan } = JSON.parse(json) as { 'Query Text': string; Plan: PlanNode }
        recorded.push({ text, plan, faults: (most) => faultsOf(plan, most) })
      })
    const { pool } = app.database
    // Connections that are open already, and those to come.
    for (const client of (pool as unknown as { _clients: pg.ClientBase[] })._clients) listen(client)
    pool.on('connect', listen)
    await work()
    return recorded
  },
}
