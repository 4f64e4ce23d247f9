import { createHmac } from 'node:crypto'
import { join, resolve } from 'node:path'
import { keepSecrets } from './kept-secrets.ts'
import { SETTINGS, type Setting, type SettingName } from './settings.ts'

export const PROCESS_ROLES = ['api', 'worker', 'bot', 'emulator'] as const
export type Role = (typeof PROCESS_ROLES)[number]

/** The configuration of a process. Settings that exclude each other are unions, so that invalid combinations have no type. */
export type Config = {
  production: boolean
  port: number
  host: string
  publicUrl: string
  /** Number of trusted proxies that append to X-Forwarded-For; 0 for none. */
  trustProxy: number
  dataDir: string
  webDir: string
  logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
  demo: boolean
  database: { kind: 'embedded'; directory: string } | { kind: 'url'; url: string; directUrl: string | null }
  databasePoolSize: number
  redis: { kind: 'embedded' } | { kind: 'url'; url: string }
  whatsapp: WhatsappConfig
  storage: StorageConfig
  /** Keys that sign links and seal stored secrets are derived from it. */
  secretKey: string
  /** The previous key during a rotation; null otherwise. */
  formerSecretKey: string | null
  webhooks: {
    /** Delays in seconds before each attempt, the first included. */
    scheduleSeconds: readonly number[]
    /** Private CIDR ranges that endpoints may use. */
    allowedNetworks: readonly string[]
  }
  /** Capacity and refill rate of the token bucket of each API key; null for no limit. */
  rateLimit: { points: number; restorePerSecond: number } | null
  /** Limit at one process, of subscriptions and of sockets. */
  subscriptionsPerCaller: number
  /** Whether shops may offer the sandbox payment provider, which takes no money. */
  paymentSandbox: boolean
  /** Delays in seconds between checks of the status of a message whose send was not answered. */
  messageReconcileSeconds: readonly number[]
  botApiKey: string
  botLeaseSeconds: number
  /** Delays in seconds before a turn may be claimed again after its first lost lease, its second, and so on. */
  botRetrySeconds: readonly number[]
  eventRetentionDays: number
  metricsToken: string | null
}

export type StorageConfig =
  | { kind: 'disk'; directory: string }
  | {
      kind: 's3'
      bucket: string
      region: string
      /** Null for Amazon S3. */
      endpoint: string | null
      accessKeyId: string
      secretAccessKey: string
    }

type WhatsappConfig = {
  /** `emulator`: this installation emulates the Cloud API; `cloud`: credentials of a Meta app are set. */
  kind: 'emulator' | 'cloud'
  apiUrl: string
  /** URL to which the emulator delivers webhooks. */
  webhookUrl: string
  /** Protects the emulator's phone page and control API; null when they are open, or without an emulator. */
  emulatorSecret: string | null
  /** Whether `apiUrl` was set, to the emulator of another process. */
  emulatorElsewhere: boolean
  apiVersion: string
  appSecret: string
  verifyToken: string
  accessToken: string
}

export type Env = Partial<Record<string, string>>

/** The environment of this process. Only this file reads it. */
export const environment = (): Env => process.env

/** Lists all invalid settings, each with what to do. */
export class ConfigError extends Error {
  readonly problems: string[]
  constructor(problems: string[]) {
    super(
      `Storeline cannot start; ${problems.length} setting(s) need attention:\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    )
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/**
 * Turns environment variables into a Config. Outside production missing secrets are generated once and kept in
 * DATA_DIR/secrets.json (mode 600).
 *
 * @throws ConfigError naming every variable that is wrong or missing.
 */
export function readConfig(env: Env = environment()): Config {
  const problems: string[] = []
  const values: Partial<Record<SettingName, unknown>> = {}
  for (const [name, setting] of Object.entries(SETTINGS) as [SettingName, Setting][]) {
    const text = env[name] || setting.fallback
    if (text === undefined) continue
    const parsed = setting.schema.safeParse(text)
    if (parsed.success) values[name] = parsed.data
    else
      problems.push(
        `${name} ${parsed.error.issues.map((issue) => issue.message).join(', ')}${setting.secret ? '' : ` (got "${text}")`}`,
      )
  }
  const text = (name: SettingName) => values[name] as string | undefined
  const production = values.NODE_ENV === 'production'
  const cloud = Boolean(env.WHATSAPP_ACCESS_TOKEN)
  const need = (name: SettingName, why: string) => {
    if (!env[name]) problems.push(`${name} is missing: ${why}`)
  }
  if (production) {
    need('DATABASE_URL', 'production needs a PostgreSQL of its own')
    need('REDIS_URL', 'production needs Redis for jobs and wake-ups between processes')
    need('BOT_API_KEY', 'choose a random key of 32 characters and give it to api and bot alike')
    need('PUBLIC_URL', 'links and media addresses are built from it')
    need('SECRET_KEY', 'choose a random key of 32 characters and give it to every process')
  }
  if (env.S3_BUCKET) {
    need('S3_ACCESS_KEY_ID', 'the bucket is opened with it')
    need('S3_SECRET_ACCESS_KEY', 'the bucket is opened with it')
  }
  if (cloud) {
    need('WHATSAPP_APP_SECRET', 'webhooks are signed with it')
    need('WHATSAPP_VERIFY_TOKEN', 'Meta presents it in the webhook handshake')
  }
  if (problems.length > 0) throw new ConfigError(problems)

  const dataDir = resolve(text('DATA_DIR') ?? '.data')
  const generated = production ? {} : generatedSecrets(dataDir)
  // The emulator's secrets are derived from the bot key, so that processes agree on them without settings.
  const derived = (name: SettingName) =>
    createHmac('sha256', env.BOT_API_KEY ?? '')
      .update(name)
      .digest('base64url')
  const secretOf = (name: (typeof GENERATED)[number]) => text(name) ?? generated[name] ?? derived(name)
  const port = values.PORT as number
  return {
    production,
    port,
    host: text('HOST') ?? '127.0.0.1',
    trustProxy: values.TRUST_PROXY === 'true' ? 1 : Number(values.TRUST_PROXY) || 0,
    publicUrl: (text('PUBLIC_URL') ?? `http://localhost:${port}`).replace(/\/$/, ''),
    dataDir,
    webDir: resolve(text('WEB_DIR') ?? 'dist/web'),
    logLevel: (values.LOG_LEVEL ?? (production ? 'info' : 'warn')) as Config['logLevel'],
    demo: values.DEMO === undefined ? !production : values.DEMO === 'true',
    database: text('DATABASE_URL')
      ? { kind: 'url', url: text('DATABASE_URL') as string, directUrl: text('DATABASE_DIRECT_URL') ?? null }
      : { kind: 'embedded', directory: join(dataDir, 'postgres') },
    databasePoolSize: values.DATABASE_POOL_SIZE as number,
    redis: text('REDIS_URL') ? { kind: 'url', url: text('REDIS_URL') as string } : { kind: 'embedded' },
    whatsapp: {
      kind: cloud ? 'cloud' : 'emulator',
      apiUrl: text('WHATSAPP_API_URL') ?? (cloud ? 'https://graph.facebook.com' : `http://127.0.0.1:${port}/_emulator`),
      webhookUrl: text('WHATSAPP_WEBHOOK_URL') ?? `http://127.0.0.1:${port}/webhooks/whatsapp`,
      emulatorSecret: text('EMULATOR_SECRET') ?? null,
      emulatorElsewhere: !cloud && text('WHATSAPP_API_URL') !== undefined,
      apiVersion: text('WHATSAPP_API_VERSION') as string,
      appSecret: secretOf('WHATSAPP_APP_SECRET'),
      verifyToken: secretOf('WHATSAPP_VERIFY_TOKEN'),
      accessToken: secretOf('WHATSAPP_ACCESS_TOKEN'),
    },
    storage: text('S3_BUCKET')
      ? {
          kind: 's3',
          bucket: text('S3_BUCKET') as string,
          region: text('S3_REGION') as string,
          endpoint: text('S3_ENDPOINT') ?? null,
          accessKeyId: text('S3_ACCESS_KEY_ID') as string,
          secretAccessKey: text('S3_SECRET_ACCESS_KEY') as string,
        }
      : { kind: 'disk', directory: join(dataDir, 'media') },
    secretKey: secretOf('SECRET_KEY'),
    formerSecretKey: text('SECRET_KEY_PREVIOUS') ?? null,
    webhooks: {
      scheduleSeconds: values.WEBHOOK_RETRY_SECONDS as number[],
      allowedNetworks: (values.WEBHOOK_ALLOWED_NETWORKS ?? []) as string[],
    },
    rateLimit:
      values.RATE_LIMIT_POINTS === 0
        ? null
        : { points: values.RATE_LIMIT_POINTS as number, restorePerSecond: values.RATE_LIMIT_RESTORE as number },
    subscriptionsPerCaller: values.SUBSCRIPTIONS_PER_CALLER as number,
    paymentSandbox: values.PAYMENT_SANDBOX === undefined ? !production : values.PAYMENT_SANDBOX === 'true',
    messageReconcileSeconds: values.MESSAGE_RECONCILE_SECONDS as number[],
    botApiKey: secretOf('BOT_API_KEY'),
    botLeaseSeconds: values.BOT_LEASE_SECONDS as number,
    botRetrySeconds: values.BOT_RETRY_SECONDS as number[],
    eventRetentionDays: values.EVENT_RETENTION_DAYS as number,
    metricsToken: text('METRICS_TOKEN') ?? null,
  }
}

const GENERATED = [
  'WHATSAPP_APP_SECRET',
  'WHATSAPP_VERIFY_TOKEN',
  'WHATSAPP_ACCESS_TOKEN',
  'BOT_API_KEY',
  'SECRET_KEY',
] as const satisfies SettingName[]

function generatedSecrets(dataDir: string) {
  try {
    return keepSecrets(dataDir, GENERATED)
  } catch (error) {
    throw new ConfigError([`DATA_DIR cannot hold secrets.json: ${(error as Error).message}`])
  }
}
