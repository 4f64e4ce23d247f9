import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { ratioOf, type Measurement } from './scenario.ts'
import type { Measured } from './table.ts'

/** The last results of each scenario on this machine. */
export type Results = { machine: string; scenarios: { [name: string]: ScenarioResult } }
export type ScenarioResult = { date: string; quick: boolean; measurements: Measurement[] }

export const RESULTS_FILE = '.data/bench.json'

/** Cores, memory and versions: all that a number depends on. */
export function describeMachine(versions: { postgres: string; redis: string }): string {
  const [first, ...others] = cpus()
  const model = first?.model.replace(/\((R|TM)\)/g, '').replace(/\s+/g, ' ')
  return `${1 + others.length} cores (${model}), ${Math.round(totalmem() / 2 ** 30)} GB of memory, Node ${process.versions.node}, PostgreSQL ${versions.postgres}, Redis ${versions.redis}`
}

export function readResults(file = RESULTS_FILE): Results | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Results
  } catch {
    return null
  }
}

/** Keeps the results of a scenario beside those of others from the same machine. */
export function keepResult(machine: string, name: string, result: ScenarioResult, file = RESULTS_FILE): void {
  const known = readResults(file)
  const scenarios = known?.machine === machine ? known.scenarios : {}
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify({ machine, scenarios: { ...scenarios, [name]: result } }, null, 2)}\n`)
}

/** The flat form of `--json`. */
export const asJson = (measured: readonly Measured[]): string =>
  `${JSON.stringify(
    measured.map((one) => ({
      scenario: one.scenario,
      metric: one.metric,
      value: one.value,
      unit: one.unit,
      floor: one.floor ?? null,
      ratio: ratioOf(one) ?? null,
      cost: one.cost ?? null,
      floorCost: one.floorCost ?? null,
    })),
    null,
    2,
  )}\n`
