import * as z from 'zod'

export type BotConfig = {
  /** URL of Storeline, e.g. `http://127.0.0.1:4000`. */
  url: string
  apiKey: string
  /** Concurrency limit: turns in progress at once. */
  concurrency: number
  logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
}

/** The settings are invalid; `problems` has a sentence for each invalid or missing variable. */
export class ConfigError extends Error {
  readonly code = 'BAD_CONFIG'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The bot cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** One row of docs/configuration.md per variable. */
export const Environment = z.object({
  STORELINE_URL: z
    .url({
      protocol: /^https?$/,
      error: 'is the address of Storeline and must start with http:// or https://, e.g. http://127.0.0.1:4000',
    })
    .describe('URL of Storeline. With `npm start -- --roles bot` the default is this machine and `PORT`.'),
  BOT_API_KEY: z
    .string({ error: 'is required: the key that lets the bot claim turns' })
    .trim()
    .min(1, 'is required: the key that lets the bot claim turns')
    .max(500, 'is too long to be a key')
    .describe('API key of the bot; the same as the server’s.'),
  BOT_CONCURRENCY: z.coerce
    .number({ error: 'must be a whole number from 1 to 100' })
    .int('must be a whole number from 1 to 100')
    .min(1, 'must be a whole number from 1 to 100')
    .max(100, 'must be a whole number from 1 to 100')
    .default(8)
    .describe('Concurrency limit: turns in progress at once in one bot, 1 to 100.'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'must be trace, debug, info, warn, error, fatal or silent',
    })
    .default('info')
    .describe('Least severe level that is logged.'),
})

/** Reads the bot's settings; an empty variable counts as not set. Throws ConfigError naming every problem at once. */
export const readConfig = (environment: NodeJS.ProcessEnv = process.env): BotConfig => {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const parsed = Environment.safeParse(given)
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`))
  }
  const { STORELINE_URL, BOT_API_KEY, BOT_CONCURRENCY, LOG_LEVEL } = parsed.data
  return { url: STORELINE_URL, apiKey: BOT_API_KEY, concurrency: BOT_CONCURRENCY, logLevel: LOG_LEVEL }
}
