import { parseArgs } from 'node:util'
import { ConfigError, type Env, readConfig } from '../config.ts'
import type { Logger } from '../logger.ts'
import { type Check, type Finding, runChecks, type Surroundings } from './check.ts'
import { CHECKS } from './checks.ts'

const USAGE = `Usage: npm run doctor -- [--json]
       node dist/server/main.js doctor [--json]

Looks at settings and surroundings, changes nothing, and says what to do. Ends with 1 when something will not work.`

const SIGNS = { ok: '✓', warn: '!', fail: '✗' } as const

/** Runs all checks and prints their outcomes. Resolves with the exit code. */
export async function runDoctor(
  args: string[],
  env: Env,
  say: (line: string) => void,
  checks: readonly Check[] = CHECKS,
): Promise<0 | 1 | 2> {
  let json: boolean
  try {
    json = parseArgs({ args, options: { json: { type: 'boolean', default: false } } }).values.json
  } catch (error) {
    say(`${(error as Error).message}\n\n${USAGE}`)
    return 2
  }
  const findings = await examine(env, checks)
  const isWell = findings.every(({ level }) => level !== 'fail')
  if (json) say(JSON.stringify({ ok: isWell, findings }))
  else for (const { check, level, says } of findings) say(`${SIGNS[level]} ${check}: ${says}`)
  return isWell ? 0 : 1
}

async function examine(env: Env, checks: readonly Check[]): Promise<Finding[]> {
  try {
    const config = readConfig(env)
    const databaseUrl = config.database.kind === 'url' ? config.database.url : null
    return await runChecks(checks, { config, databaseUrl }, { timeoutMs: 40_000 })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map((says) => ({ check: 'settings', level: 'fail', says }))
  }
}

/** Runs the quick checks during a start and logs a warning for each problem. */
export async function warnAtStart(surroundings: Surroundings, logger: Logger): Promise<void> {
  const findings = await runChecks(
    CHECKS.filter(({ quick }) => quick),
    surroundings,
  )
  for (const { check, level, says } of findings) if (level !== 'ok') logger.warn({ check }, says)
}
