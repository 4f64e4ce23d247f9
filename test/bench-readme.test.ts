import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Results } from '../bench/harness/results.ts'
import { keepsPromise } from '../bench/harness/scenario.ts'
import { ROWS } from '../bench/readme-rows.ts'
import { COLUMNS, problemsOf, sectionOf } from '../bench/readme.ts'

/** A file a scenario. */
const scenarios = readdirSync('bench/scenarios').map((name) => name.replace(/\.ts$/, ''))
const readme = readFileSync('README.md', 'utf8')
const marked = (section: string) => `before\n\n<!-- bench -->\n\n${section}\n\n<!-- /bench -->\n\nafter`

/** Full results of every row, as a run would keep them. */
function fullResults(): Results {
  const machine = '2 cores (AMD EPYC), 24 GB of memory, Node 20.20.2, PostgreSQL 18.4, Redis 7.0.15'
  const scenarios: Results['scenarios'] = {}
  for (const { scenario, metric, floor } of ROWS) {
    const kept = (scenarios[scenario] ??= { date: '2026-11-28', quick: false, measurements: [] })
    const cost = { server: 1.234, postgres: 0.5, statements: 5 }
    const besides = floor ? { floor: 2_000, ratio: 0.617, cost, floorCost: cost } : {}
    kept.measurements.push({ metric, value: 1_234.5, unit: floor ? '1/s' : 'ms', ...besides })
  }
  return { machine, scenarios }
}

describe('the table of README', () => {
  test('is the one that the bench wrote', () => {
    expect(problemsOf(readme)).toEqual([])
  })

  test('names scenarios that exist, each row once', () => {
    expect(ROWS.filter(({ scenario }) => !scenarios.includes(scenario))).toEqual([])
    expect(new Set(ROWS.map(({ scenario, metric }) => `${scenario} ${metric}`)).size).toBe(ROWS.length)
    expect(new Set(ROWS.map(({ operation }) => operation)).size).toBe(ROWS.length)
  })

  test('shows a ratio wherever there is a floor, also where a promise is about the value', () => {
    const results = fullResults()
    const one = results.scenarios.sockets?.measurements.find(({ metric }) => metric === 'memory a socket')
    if (!one) throw new Error('no row shows the memory of a socket')
    Object.assign(one, { value: 6, unit: 'kB', floor: 4, ratio: undefined, target: { atMost: 8 } })
    expect(sectionOf(results)).toContain('| Memory a socket | 6.00 kB | 4.00 kB: plain socket | 1.50 × |')
    expect(keepsPromise(one)).toBe(true)
  })

  test('as the bench writes it has no problems', () => {
    expect(problemsOf(marked(sectionOf(fullResults())))).toEqual([])
  })

  test.each<[string, (section: string) => string, RegExp]>([
    ['another heading', (text) => text.replace('2026-11-28', 'a good day'), /heading/],
    ['another column', (text) => text.replace(`| ${COLUMNS[1]} |`, '| Promised |'), /columns/],
    ['a renamed operation', (text) => text.replace('Order by id, 32', 'Order by id, 64'), /row 2/],
    ['a row left out', (text) => text.replace(/^\| Order by id, .*\n/m, ''), /row 2/],
    ['a row added', (text) => `${text}\n| Everything | 1 ms |  |  |  |  |`, /1 rows too many/],
    ['a number without a unit it knows', (text) => text.replace('1,235/s', '1,235 per second'), /Measured is/],
    ['a floor that is another', (text) => text.replace(': SQL over node:http', ': Rails'), /the floor is/],
    ['a ratio in words', (text) => text.replace('0.62 ×', 'fast'), /Ratio is/],
  ])('with %s is refused', (_name, edit, problem) => {
    const section = sectionOf(fullResults())
    const edited = edit(section)
    expect(edited).not.toBe(section)
    expect(problemsOf(marked(edited)).join('\n')).toMatch(problem)
  })

  test('is not written from results that are quick or missing', () => {
    const results = fullResults()
    const search = results.scenarios.search
    if (!search) throw new Error('no row shows a search')
    search.quick = true
    delete results.scenarios.idle
    expect(() => sectionOf(results)).toThrow(/full results of: search idle/)
    expect(() => sectionOf(null)).toThrow(/full results of/)
  })
})
