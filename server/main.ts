import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { captureOutput } from './captured-output.ts'
import { environment, PROCESS_ROLES, type Env, type Role } from './config.ts'
import { refuse, say, stopOnSignal, yieldToApi } from './lifecycle.ts'
import { createLogger } from './logger.ts'
import { readableStack } from './stack-traces.ts'

const USAGE = `Usage: npm start -- [--roles api,worker,bot,emulator] [--reset]
       npm run doctor -- [--json]
       npm run restored

  --roles   Which parts run in this process; all of them when not given.
  --reset   Forget everything in DATA_DIR first.
  --restored  Start nothing; finish the restore of a backup while no process runs.`

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

async function main(): Promise<void> {
  if (process.argv[2] === 'doctor') {
    const { runDoctor } = await import('./doctor/main.ts')
    process.exit(await runDoctor(process.argv.slice(3), environment(), say))
  }
  const options = readArguments()
  const env: Env = { ...environment() }
  if (options.roles?.length === 1 && options.roles[0] === 'bot') return startLoneBot(env)
  // Loaded here, so that a bot does without the server's modules and their memory.
  const { serve } = await import('./serve.ts')
  return serve(env, options)
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
  // Signals are handled before the bot starts and says so: a supervisor may send one at once.
  const bot = Promise.resolve().then(() => startBot(config, { logger }))
  stopOnSignal(async () => (await bot).stop())
  await bot
}

main().catch((error: unknown) => {
  const message =
    error instanceof Error && error.name === 'ConfigError'
      ? error.message
      : `Storeline could not start: ${error instanceof Error ? error.message : String(error)}`
  refuse(
    environment().LOG_LEVEL === 'debug' && error instanceof Error
      ? `${message}\n${readableStack(error.stack ?? '')}`
      : message,
  )
})
