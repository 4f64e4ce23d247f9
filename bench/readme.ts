import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Results } from './harness/results.ts'
import { ratioOf, type Measurement } from './harness/scenario.ts'
import { ROWS, type Row } from './readme-rows.ts'
import { cpuCell, formatNumber, statementsCell } from './harness/table.ts'

export const COLUMNS = ['Operation', 'Measured', 'Floor', 'Ratio', 'CPU ms, server + PostgreSQL', 'Statements']
const [BEGIN, END] = ['<!-- bench -->', '<!-- /bench -->']

const valueCell = ({ value, unit }: Pick<Measurement, 'value' | 'unit'>): string =>
  unit === 'count' ? String(value) : `${formatNumber(value)}${unit === '1/s' ? '/s' : ` ${unit}`}`

function cellsOf({ operation, floor }: Row, one: Measurement): string[] {
  const besides =
    one.floor === undefined ? '' : `${valueCell({ value: one.floor, unit: one.unit })}${floor ? `: ${floor}` : ''}`
  const ratio = ratioOf(one)
  const times = ratio === undefined ? '' : `${formatNumber(ratio)} ×`
  return [operation, valueCell(one), besides, times, cpuCell(one), statementsCell(one)]
}

/** @throws Error that names the scenarios to run, when a row has no full result. */
export function sectionOf(results: Results | null): string {
  const find = ({ scenario, metric }: Row) =>
    results?.scenarios[scenario]?.quick === false
      ? results.scenarios[scenario].measurements.find((one) => one.metric === metric)
      : undefined
  const missing = [...new Set(ROWS.filter((row) => !find(row)).map(({ scenario }) => scenario))]
  if (!results || missing.length > 0)
    throw new Error(
      `README's table needs full results of: ${missing.join(' ')}. Run npm run bench -- ${missing.join(' ')} --readme`,
    )
  const dates = ROWS.map(({ scenario }) => results.scenarios[scenario]?.date ?? '').toSorted()
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rows = ROWS.map((row) => line(cellsOf(row, find(row) as Measurement)))
  return [
    `Measured by \`npm run bench -- --readme\` on ${dates[0]} on ${results.machine}.`,
    '',
    line(COLUMNS),
    line(COLUMNS.map(() => '---')),
    ...rows,
  ].join('\n')
}

/** Writes the table between its marks in README.md. */
export function writeReadme(results: Results | null, file = 'README.md'): void {
  const text = readFileSync(file, 'utf8')
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`${file} has no ${BEGIN} … ${END}`)
  writeFileSync(file, `${text.slice(0, from)}${BEGIN}\n\n${sectionOf(results)}\n\n${text.slice(to)}`)
  execFileSync('npx', ['oxfmt', file], { stdio: 'ignore' })
}

const NUMBER = String.raw`\d[\d,]*(\.\d+)?`
const COST = String.raw`${NUMBER}( \+ ${NUMBER})?`
const FORMS = [
  /./,
  new RegExp(`^${NUMBER}(/s| (ms|s|MB|kB|%))?$`),
  new RegExp(`^(${NUMBER}(/s| (ms|s|MB|kB|%))(: .+)?)?$`),
  new RegExp(`^(${NUMBER} ×)?$`),
  new RegExp(`^(${COST}( / ${COST})?)?$`),
  new RegExp(`^(${COST}( / ${COST})?)?$`),
]
const HEADING =
  /^Measured by `npm run bench -- --readme` on \d{4}-\d\d-\d\d on \d+ cores \(.+\), \d+ GB of memory, Node [\d.]+, PostgreSQL [\d.]+, Redis [\d.]+\.$/

/** Differences between README's table and the form in which the bench writes it; none when nobody edited it. */
export function problemsOf(readme: string): string[] {
  const section = readme.split(BEGIN)[1]?.split(END)[0]?.trim()
  if (section === undefined) return [`README has no ${BEGIN} … ${END}`]
  const [heading = '', , ...table] = section.split('\n')
  const cells = table.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  const [columns = [], , ...rows] = cells
  const problems = HEADING.test(heading) ? [] : [`the heading is "${heading}"`]
  if (columns.join('|') !== COLUMNS.join('|')) problems.push(`the columns are ${columns.join(', ')}`)
  for (const [index, { operation, floor }] of ROWS.entries()) {
    const row = rows[index] ?? []
    if (row[0] !== operation) problems.push(`row ${index + 1} is "${row[0]}" instead of "${operation}"`)
    for (const [column, form] of FORMS.entries())
      if (!form.test(row[column] ?? '')) problems.push(`${operation}: ${COLUMNS[column]} is "${row[column]}"`)
    if (floor && !row[2]?.endsWith(`: ${floor}`))
      problems.push(`${operation}: the floor is "${row[2]}" instead of "${floor}"`)
  }
  if (rows.length > ROWS.length) problems.push(`there are ${rows.length - ROWS.length} rows too many`)
  return problems
}
