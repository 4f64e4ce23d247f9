import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { printBanner } from './banner.ts'
import { captureOutput } from './captured-output.ts'
import { type Config, readConfig, type Env, type Role } from './config.ts'
import { freePort } from './db/embedded.ts'
import { prepareDemo } from './demo.ts'
import { LockedError, lockDirectory } from './directory-lock.ts'
import { finishRestore } from './features/restores/finish-restore.ts'
import { refuse, say, stopOnSignal, yieldToApi } from './lifecycle.ts'
import { createLogger } from './logger.ts'
import { rolesFor } from './roles.ts'
import { startStoreline } from './storeline.ts'

export type ServeOptions = {
  /** The value of --roles; null for all that fit the settings. */
  roles: Role[] | null
  /** Forgets the content of DATA_DIR first. */
  reset: boolean
  /** Finishes the restore of a backup, and exits. */
  restored: boolean
}

/** Starts every role but a lone bot in this process, until a signal stops it. */
export async function serve(env: Env, { roles: named, reset: anew, restored }: ServeOptions): Promise<void> {
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
