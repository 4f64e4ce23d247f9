import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { printBanner } from './banner.ts'
import { captureOutput } from './captured-output.ts'
import { type Config, ConfigError, environment, readConfig, PROCESS_ROLES, type Env, type Role } from './config.ts'
import { freePort } from './db/embedded.ts'
import { prepareDemo } from './demo.ts'
import { LockedError, lockDirectory } from './directory-lock.ts'
import { createLogger } from './logger.ts'
import { whenParentEnds } from './parent.ts'
import { finishRestore } from './features/restores/finish-restore.ts'
import { rolesFor } from './roles.ts'
import { startStoreline } from './storeline.ts'

const USAGE = `Usage: npm start -- [--roles api,worker,bot,emulator] [--reset]
       npm run doctor -- [--json]
       npm run restored

  --roles   Which parts run in this process; all of them when not given.
  --reset   Forget everything in DATA_DIR first.
  --restored  Start nothing; finish the restore of a backup while no process runs.`

/** Longest time for a graceful stop before the process exits. */
const STOP_MS = 15_000

const say = (line: string): void => void process.stdout.write(`${line}\n`)
/** Exits with a reason: printed as text at a terminal, as a log line in production. */
const refuse = (line: string): never => {
  if (environment().NODE_ENV === 'production') createLogger('fatal').fatal(line)
  else process.stderr.write(`${line}\n`)
  process.exit(1)
}

function readArguments(): { roles: Role[] | null; reset: boolean; restored: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        roles: { type: 'string' },
        reset: { type: 'boolean', default: false },
        restored: { type: 'boolean', default: false },
        help: { type: 'boolean' },
      },
    })
    if (values.help) {
      say(USAGE)
      process.exit(0)
    }
    const roles = values.roles?.split(',').map((role) => role.trim()) ?? null
    const unknown = roles?.filter((role) => !(PROCESS_ROLES as readonly string[]).includes(role)) ?? []
    if (unknown.length > 0)
      refuse(`There is no role "${unknown[0]}"; roles are ${PROCESS_ROLES.join(', ')}.\n\n${USAGE}`)
    return { roles: roles as Role[] | null, reset: values.reset, restored: values.restored }
  } catch (error) {
    return refuse(`${(error as Error).message}\n\n${USAGE}`)
  }
}

/** Refuses a second start on the same DATA_DIR. */
async function lockDataDir({ dataDir }: Config): Promise<void> {
  mkdirSync(dataDir, { recursive: true })
  await lockDirectory(dataDir).catch((error: unknown) => {
    if (!(error instanceof LockedError)) throw error
    const by = error.holder ? ` (process ${error.holder})` : ''
    refuse(`Storeline already runs on ${dataDir}${by}. Stop it first, or set another DATA_DIR and PORT.`)
  })
}

function reset(config: Config): void {
  if (config.production) refuse('--reset is for trying things out; it refuses to work in production.')
  if (config.database.kind === 'url')
    refuse(
      '--reset forgets what DATA_DIR holds, but the data is in DATABASE_URL: empty that database yourself, then start again.',
    )
  for (const name of [
    'postgres',
    'postgres.password',
    'media',
    'secrets.json',
    'demo.json',
    'emulator.json',
    'emulator.json.media',
  ]) {
    rmSync(join(config.dataDir, name), { recursive: true, force: true })
  }
}

async function main(): Promise<void> {
  if (process.argv[2] === 'doctor') {
    const { runDoctor } = await import('./doctor/main.ts')
    process.exit(await runDoctor(process.argv.slice(3), environment(), say))
  }
  const { roles: named, reset: anew, restored } = readArguments()
  const env: Env = { ...environment() }
  if (named?.length === 1 && named[0] === 'bot') return startLoneBot(env)
  if (env.PORT === '0') env.PORT = String(await freePort())
  let config = readConfig(env)
  const roles = rolesFor(config, named)
  if (config.database.kind === 'embedded') await lockDataDir(config)
  if (restored) {
    await finishRestore(config, say)
    process.exit(0)
  }
  if (anew) {
    reset(config)
    config = readConfig(env)
  }
  const logger = createLogger(config.logLevel)
  captureOutput(logger)

  if (!roles.includes('api')) yieldToApi()
  const begun = Date.now()
  const demo = config.demo && roles.includes('api')
  const storeline = await startStoreline(config, {
    roles,
    logger,
    notice: say,
    ...(demo ? { prepare: async (app) => void (await prepareDemo(app)) } : {}),
  })
  stopOnSignal(async () => {
    logger.info('stopping')
    if (storeline.http) storeline.http.health.ready = false
    // A load balancer sends requests until it has noticed that /readyz fails; they are accepted meanwhile.
    if (config.production && storeline.http) await new Promise((done) => setTimeout(done, 1_500))
    await storeline[Symbol.asyncDispose]()
  })
  if (demo && !config.production) printBanner(config, { startedInMs: Date.now() - begun })
  else logger.info({ roles, url: storeline.http?.url, ms: Date.now() - begun }, 'ready')
  const { warnAtStart } = await import('./doctor/main.ts')
  void warnAtStart({ config, databaseUrl: storeline.app.database.url }, logger)
}

/**
 * On a shared machine the api has priority over workers and bots: WhatsApp and people wait for its answers, while jobs and
 * turns may be late for a moment.
 */
function yieldToApi(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // Some systems do not let a process lower its priority; all roles then have the same.
  }
}

/** A bot in a process of its own needs only the address of the API and the bot key. */
async function startLoneBot(env: Env): Promise<void> {
  yieldToApi()
  const { readConfig: readBotConfig } = await import('../bot/config.ts')
  const { startBot } = await import('../bot/main.ts')
  const kept = join(env.DATA_DIR ?? '.data', 'secrets.json')
  const secrets =
    env.NODE_ENV !== 'production' && existsSync(kept) ? (JSON.parse(readFileSync(kept, 'utf8')) as Env) : {}
  const config = readBotConfig({
    STORELINE_URL: `http://127.0.0.1:${env.PORT ?? 4000}`,
    BOT_API_KEY: secrets.BOT_API_KEY,
    ...env,
  })
  const logger = createLogger(config.logLevel)
  captureOutput(logger)
  const bot = await startBot(config, { logger })
  stopOnSignal(() => bot.stop())
}

function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false
  const onSignal = (): void => {
    // A second signal stops at once.
    if (stopping) process.exit(1)
    stopping = true
    setTimeout(() => process.exit(1), STOP_MS).unref()
    stop().then(
      () => process.exit(0),
      (error: unknown) => refuse(String(error)),
    )
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  // After Ctrl-C the shell of npm exits before this process; that is no second signal.
  if (environment().npm_lifecycle_event) whenParentEnds(() => void (stopping || onSignal()))
}

main().catch((error: unknown) => {
  const message =
    error instanceof ConfigError || (error instanceof Error && error.name === 'ConfigError')
      ? (error as Error).message
      : `Storeline could not start: ${error instanceof Error ? error.message : String(error)}`
  refuse(environment().LOG_LEVEL === 'debug' && error instanceof Error ? `${message}\n${error.stack}` : message)
})
