import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { openInstallation, sizeOfTown, type Installation } from './harness/installation.ts'
import { asJson, keepResult, readResults } from './harness/results.ts'
import type { Measurement, Scenario } from './harness/scenario.ts'
import { openSite } from './harness/site.ts'
import { formatTable, type Measured } from './harness/table.ts'
import { writeReadme } from './readme.ts'
import { SCENARIOS } from './scenarios.ts'

const USAGE = `Usage: npm run bench -- [scenario…] [--quick] [--json FILE] [--readme] [--profile DIR]
${SCENARIOS.map(({ name, doc }) => `  ${name.padEnd(16)} ${doc}`).join('\n')}
  --quick        Small sizes and short rounds: to see that it works, not to trust the numbers.
  --json FILE    Write what was measured as [{ scenario, metric, value, unit, floor, ratio, cost, floorCost }].
  --readme       Write the table of README.md from the last full results of each scenario on this machine.
  --profile DIR  Write a CPU profile of every process measured.`

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const secondsSince = (begun: number): number => (performance.now() - begun) / 1000

/** Runs a scenario on a site of its own. A function, because esbuild keeps the error of `await using` for a loop's next turn. */
async function runScenario(installation: Installation, scenario: Scenario): Promise<Measurement[]> {
  const begun = performance.now()
  const log = (line: string): void => say(`${secondsSince(begun).toFixed(1).padStart(7)} s  ${line}`)
  await using site = await openSite(installation, scenario.database ?? 'town')
  log('ready to begin')
  return await scenario.run({ site, quick: installation.quick, log })
}

async function measure(chosen: readonly Scenario[], quick: boolean, profile: string | undefined): Promise<Measured[]> {
  const begun = performance.now()
  await using installation = await openInstallation({ quick, profile })
  const abandon = async () => {
    await installation[Symbol.asyncDispose]()
    process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void abandon())
  const { shops, orders } = sizeOfTown(quick)
  say(`A town of ${shops} shops with ${orders} orders on ${installation.machine}`)
  if (quick) say('Quick: small sizes and short rounds. The numbers show that it works, and nothing else.')
  const measured: Measured[] = []
  const took = [`built and started in ${secondsSince(begun).toFixed(0)} s`]
  say(`  ${took[0]}`)
  for (const scenario of chosen) {
    say(`${scenario.name}: ${scenario.doc}`)
    const scenarioBegun = performance.now()
    try {
      const measurements = await runScenario(installation, scenario)
      measured.push(...measurements.map((one) => ({ scenario: scenario.name, ...one })))
      const date = new Date().toISOString().slice(0, 10)
      keepResult(installation.machine, scenario.name, { date, quick, measurements })
    } catch (error) {
      process.exitCode = 1
      process.stderr.write(`${scenario.name} failed: ${error instanceof Error ? error.stack : String(error)}\n`)
    } finally {
      took.push(`${scenario.name} ${secondsSince(scenarioBegun).toFixed(0)} s`)
      say(`  took ${secondsSince(scenarioBegun).toFixed(1)} s`)
    }
  }
  say(`\nTook ${secondsSince(begun).toFixed(0)} s: ${took.join(', ')}`)
  return measured
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      profile: { type: 'string' },
      quick: { type: 'boolean', default: false },
      readme: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  })
  const { json, profile, quick, readme } = values
  const unknown = positionals.find((name) => !SCENARIOS.some((scenario) => scenario.name === name))
  if (values.help || unknown) return say(unknown ? `There is no scenario "${unknown}".\n\n${USAGE}` : USAGE)
  const chosen = positionals.length > 0 ? SCENARIOS.filter(({ name }) => positionals.includes(name)) : SCENARIOS
  const measured = await measure(chosen, quick, profile)
  say(`\n${formatTable(measured)}`)
  if (json) writeFileSync(json, asJson(measured))
  if (readme) writeReadme(readResults())
}

await main()
