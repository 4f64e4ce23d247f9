import type { Cost } from './meter.ts'
import { keepsPromise, ratioOf, type Measurement } from './scenario.ts'

export type Measured = Measurement & { scenario: string }

/** Three significant digits, or all digits of a larger number, with commas. */
export const formatNumber = (value: number | undefined): string =>
  value === undefined
    ? ''
    : Math.abs(value) >= 100
      ? Math.round(value).toLocaleString('en-US')
      : value.toFixed(Math.abs(value) < 10 ? 2 : 1)

const formatCpu = (cost: Cost | undefined): string =>
  cost ? `${cost.server.toFixed(2)} + ${cost.postgres.toFixed(2)}` : ''
const formatStatements = (cost: Cost | undefined): string => (cost ? cost.statements.toFixed(1) : '')
const besides = (ours: string, floor: string): string => (floor ? `${ours} / ${floor}` : ours)

/** ms of processor time an operation, server + PostgreSQL, of ours / of the floor. */
export const cpuCell = ({ cost, floorCost }: Measurement): string => besides(formatCpu(cost), formatCpu(floorCost))
/** Statements an operation, of ours / of the floor. */
export const statementsCell = ({ cost, floorCost }: Measurement): string =>
  besides(formatStatements(cost), formatStatements(floorCost))

const HEAD = ['scenario', 'metric', 'value', 'floor', 'ratio', 'CPU ms server + PG', 'statements', 'target', '']
const LEFT = new Set([0, 1, 8])

/** What was measured, as text in columns. */
export function formatTable(measured: readonly Measured[]): string {
  const rows = measured.map((one) => {
    const { scenario, metric, value, unit, floor, target } = one
    const kept = keepsPromise(one)
    return [
      scenario,
      metric,
      `${formatNumber(value)} ${unit}`,
      formatNumber(floor),
      formatNumber(ratioOf(one)),
      cpuCell(one),
      statementsCell(one),
      target ? ('atMost' in target ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`) : '',
      kept === null ? '' : kept ? 'kept' : 'MISSED',
    ]
  })
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)))
  const pad = (cell: string, column: number): string =>
    LEFT.has(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
  return [HEAD, ...rows].map((row) => row.map(pad).join('  ')).join('\n')
}
