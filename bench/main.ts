import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { keepsPromise, type Measurement, type Scenario } from './harness/scenario.ts'
import { openSite } from './harness/site.ts'
import { embedded } from './scenarios/embedded.ts'
import { fanOut } from './scenarios/fan-out.ts'
import { intake } from './scenarios/intake.ts'
import { jobs } from './scenarios/jobs.ts'
import { media } from './scenarios/media.ts'
import { mediaLoad } from './scenarios/media-load.ts'
import { orderLatency } from './scenarios/order-latency.ts'
import { orderReads } from './scenarios/order-reads.ts'
import { orderWrites } from './scenarios/order-writes.ts'
import { start } from './scenarios/start.ts'
import { webhooks } from './scenarios/webhooks.ts'
import { templatePreview } from './scenarios/template-preview.ts'

const SCENARIOS: readonly Scenario[] = [
  orderReads,
  orderWrites,
  fanOut,
  intake,
  orderLatency,
  start,
  embedded,
  media,
  mediaLoad,
  templatePreview,
  webhooks,
  jobs,
]

const USAGE = `Usage: npm run bench -- [scenario…] [--json FILE] [--quick] [--profile DIR]
${SCENARIOS.map(({ name, doc }) => `  ${name.padEnd(14)} ${doc}`).join('\n')}
  --json FILE    Write what was measured as [{ scenario, metric, value, unit, floor, ratio }].
  --profile DIR  Write a CPU profile of every process measured.
  --quick        Short rounds: to see that it works, not to trust the numbers.`

const say = (line: string): void => void process.stdout.write(`${line}\n`)

function table(measured: readonly (Measurement & { scenario: string })[]): string {
  const number = (value: number | undefined): string =>
    value === undefined ? '' : value.toFixed(Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0)
  const rows = measured.map((one) => {
    const kept = keepsPromise(one)
    const target = one.target ? ('atMost' in one.target ? `≤ ${one.target.atMost}` : `≥ ${one.target.atLeast}`) : ''
    return [
      one.scenario,
      one.metric,
      `${number(one.value)} ${one.unit}`,
      number(one.floor),
      number(one.ratio),
      target,
      kept === null ? '' : kept ? 'kept' : 'MISSED',
    ]
  })
  const head = ['scenario', 'metric', 'value', 'floor', 'ratio', 'target', '']
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)))
  const left = new Set([0, 1, 6])
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) =>
          left.has(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n')
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      profile: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  })
  const unknown = positionals.find((name) => !SCENARIOS.some((scenario) => scenario.name === name))
  if (values.help || unknown) return say(unknown ? `There is no scenario "${unknown}".\n\n${USAGE}` : USAGE)
  const chosen = positionals.length > 0 ? SCENARIOS.filter(({ name }) => positionals.includes(name)) : SCENARIOS

  const measured: (Measurement & { scenario: string })[] = []
  const failed: string[] = []
  await using site = await openSite({ profile: values.profile })
  const abandon = async () => {
    await site[Symbol.asyncDispose]()
    process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void abandon())
  for (const { name, doc, run } of chosen) {
    say(`${name}: ${doc}`)
    try {
      const log = (line: string) => say(`  ${line}`)
      for (const one of await run({ site, quick: values.quick, log })) measured.push({ scenario: name, ...one })
    } catch (error) {
      failed.push(name)
      process.stderr.write(`${name} failed: ${error instanceof Error ? error.stack : String(error)}\n`)
    }
  }
  say(`\n${table(measured)}`)
  if (values.json) {
    const rows = measured.map(({ scenario, metric, value, unit, floor = null, ratio = null }) => ({
      scenario,
      metric,
      value,
      unit,
      floor,
      ratio,
    }))
    writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)
  }
  if (failed.length > 0) process.exitCode = 1
}

await main()
