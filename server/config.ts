import { createHmac } from 'node:crypto'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { redisUrl } from './db/redis-url.ts'
import { keepSecrets } from './kept-secrets.ts'
import { integer, listOf, publicUrl, secret, url } from './setting-schemas.ts'

export const ROLES = ['api', 'worker', 'bot', 'emulator'] as const
export type Role = (typeof ROLES)[number]

/** Everything a process needs to know, decided once. Settings that exclude each other are unions, so they cannot meet. */
export type Config = {
  production: boolean
  port: number
  host: string
  publicUrl: string
  /** Proxies in front whose part of X-Forwarded-For is believed; 0 for none. */
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
  /** From it keys are derived that sign links and seal stored secrets. */
  secretKey: string
  /** The key before, while it is being replaced; null otherwise. */
  formerSecretKey: string | null
  webhooks: {
    /** Seconds to wait before each attempt, the first included. */
    scheduleSeconds: readonly number[]
    /** CIDR ranges that endpoints may lie in although they are not public. */
    allowedNetworks: readonly string[]
  }
  /** The cost bucket of each API key: how much it holds and how much comes back a second; null for no limit. */
  rateLimit: { points: number; restorePerSecond: number } | null
  /** At one process; so many sockets, too. */
  subscriptionsPerCaller: number
  /** Whether shops may offer the provider that only pretends to take money. */
  paymentSandbox: boolean
  /** Growing pauses, in seconds, between looks for the status of a message whose send had no answer. */
  messageReconcileSeconds: readonly number[]
  botApiKey: string
  botLeaseSeconds: number
  /** Pauses, in seconds, before a turn whose lease was lost may be claimed again: the first loss, the second, and so on. */
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
      /** Null for Amazon's own. */
      endpoint: string | null
      accessKeyId: string
      secretAccessKey: string
    }

type WhatsappConfig = {
  /** `emulator`: we serve the Cloud API ourselves; `cloud`: credentials of a real app were given. */
  kind: 'emulator' | 'cloud'
  apiUrl: string
  /** Where the emulator delivers. */
  webhookUrl: string
  /** Opens the emulator's phone page and control API; null when everybody may, or where there is no emulator. */
  emulatorSecret: string | null
  /** Whether `apiUrl` was set: an emulator of another process is meant. */
  emulatorElsewhere: boolean
  apiVersion: string
  appSecret: string
  verifyToken: string
  accessToken: string
}

/** One row of docs/configuration.md per entry; `schema` validates, `doc` explains, `secret` keeps it out of print. */
type Setting = { schema: z.ZodType; doc: string; example?: string; fallback?: string; secret?: boolean }

export const SETTINGS = {
  NODE_ENV: {
    schema: z.enum(['production', 'development', 'test']),
    fallback: 'development',
    doc: 'In `production` secrets are never generated and demo data is off unless asked for.',
  },
  PORT: { schema: integer(0, 65535), fallback: '4000', doc: 'Port that serves everything; 0 picks a free one.' },
  HOST: {
    schema: z.string().min(1).max(255),
    fallback: '127.0.0.1',
    doc: 'Address to listen on; `0.0.0.0` in a container.',
  },
  PUBLIC_URL: {
    schema: publicUrl,
    example: 'https://shop.example.com',
    doc: 'Address, without a path, under which the outside reaches this installation. Default: the listening address.',
  },
  TRUST_PROXY: {
    schema: z.string().regex(/^(true|false|[0-9])$/, 'must be true, false or the number of proxies'),
    fallback: 'false',
    doc: 'How many proxies in front add to X-Forwarded-For, at most 9; `true` is 1. Only what these added is believed, so that no client chooses the address it is counted by.',
  },
  DATA_DIR: {
    schema: z.string().min(1).max(4096),
    fallback: '.data',
    doc: 'Where the embedded start keeps everything.',
  },
  WEB_DIR: {
    schema: z.string().min(1).max(4096),
    fallback: 'dist/web',
    doc: 'Where the built dashboard and phone pages lie.',
  },
  LOG_LEVEL: {
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    doc: 'Least severe level that is logged. Default: `info` in production, `warn` otherwise.',
  },
  DEMO: { schema: z.enum(['true', 'false']), doc: 'Seed the two demo shops. Default: `true` outside production.' },
  DATABASE_URL: {
    schema: url('postgres', 'postgresql'),
    example: 'postgresql://storeline:…@db:5432/storeline',
    secret: true,
    doc: 'PostgreSQL 14 or newer; the role must be neither superuser nor BYPASSRLS. Default: embedded PostgreSQL in DATA_DIR.',
  },
  DATABASE_DIRECT_URL: {
    schema: url('postgres', 'postgresql'),
    example: 'postgresql://storeline:…@db:5432/storeline',
    secret: true,
    doc: 'Address of the same database past a connection pooler, as the same role. Required where DATABASE_URL leads to one that pools by transaction: migrations and jobs in PostgreSQL need a session.',
  },
  DATABASE_POOL_SIZE: { schema: integer(2, 200), fallback: '16', doc: 'Database connections of one process.' },
  REDIS_URL: {
    schema: redisUrl,
    example: 'redis://redis:6379',
    secret: true,
    doc: 'Redis 6.2 or newer for jobs and wake-ups: `redis://user:password@host:6379/0`, `rediss://` for TLS, or Sentinels: `redis+sentinel://user:password@sentinel1:26379,sentinel2:26379/name-of-the-primary?db=0` (`rediss+sentinel://` for TLS; `sentinelUsername` and `sentinelPassword` in the query sign in to the Sentinels). No Redis Cluster. Default: jobs in PostgreSQL, wake-ups within the one process.',
  },
  WHATSAPP_ACCESS_TOKEN: {
    schema: secret,
    secret: true,
    doc: 'System-user token of the Meta app. Setting it switches the emulator off.',
  },
  WHATSAPP_APP_SECRET: {
    schema: secret,
    secret: true,
    doc: 'App secret that signs webhooks. Required with WHATSAPP_ACCESS_TOKEN.',
  },
  WHATSAPP_VERIFY_TOKEN: {
    schema: secret,
    secret: true,
    doc: 'Token of the webhook handshake. Required with WHATSAPP_ACCESS_TOKEN.',
  },
  WHATSAPP_API_URL: {
    schema: url('http', 'https'),
    doc: 'Base address of the Cloud API. Default: Meta, or the emulator.',
  },
  WHATSAPP_API_VERSION: {
    schema: z.string().regex(/^v\d{1,3}\.\d{1,2}$/, 'must look like v25.0'),
    fallback: 'v25.0',
    doc: 'Version of the Cloud API.',
  },
  WHATSAPP_WEBHOOK_URL: {
    schema: url('http', 'https'),
    doc: 'Where the emulator delivers webhooks. Default: this process.',
  },
  EMULATOR_SECRET: {
    schema: secret,
    secret: true,
    doc: 'Secret that the phone page and the control API of the emulator ask for. Required in production to run the emulator, the same for every process; elsewhere nobody is asked unless it is set.',
  },
  BOT_API_KEY: {
    schema: secret,
    secret: true,
    doc: 'Key with which bots connect. Required in production; generated otherwise.',
  },
  SECRET_KEY: {
    schema: secret,
    secret: true,
    doc: 'Random key that signs links and seals stored secrets. Required in production, the same for every process; generated otherwise. A database is used with one key: another is refused at start.',
  },
  SECRET_KEY_PREVIOUS: {
    schema: secret,
    secret: true,
    doc: 'The former SECRET_KEY while it is being replaced: what was sealed with it is sealed with SECRET_KEY at the next start.',
  },
  S3_BUCKET: {
    schema: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be a bucket name'),
    example: 'storeline-media',
    doc: 'Bucket for pictures. Setting it stores them in S3, or a store that speaks its protocol, and not on disk.',
  },
  S3_REGION: { schema: z.string().min(1).max(64), fallback: 'us-east-1', doc: 'Region of the bucket.' },
  S3_ENDPOINT: {
    schema: url('http', 'https'),
    example: 'https://minio.example.com',
    doc: 'Address of the S3-compatible store. Default: Amazon.',
  },
  S3_ACCESS_KEY_ID: {
    schema: z.string().min(3).max(256),
    secret: true,
    doc: 'Access key of the bucket. Required with S3_BUCKET.',
  },
  S3_SECRET_ACCESS_KEY: {
    schema: z.string().min(3).max(512),
    secret: true,
    doc: 'Secret of that access key. Required with S3_BUCKET.',
  },
  WEBHOOK_RETRY_SECONDS: {
    schema: listOf(integer(0, 7 * 24 * 3600), 'pauses').refine((list) => list.length > 0, 'must list at least one'),
    fallback: '0,5,300,1800,7200,18000,36000,50400,72000,86400',
    doc: 'Seconds to wait before each attempt to deliver a webhook, the first included.',
  },
  WEBHOOK_ALLOWED_NETWORKS: {
    schema: listOf(z.union([z.cidrv4(), z.cidrv6()], { error: 'must be networks such as 10.0.0.0/8' }), 'networks'),
    fallback: '',
    example: '127.0.0.0/8',
    doc: 'Networks, comma-separated, that webhook endpoints may lie in although they are private. Nothing private is reached otherwise.',
  },
  MESSAGE_RECONCILE_SECONDS: {
    schema: listOf(integer(1, 3600), 'pauses').refine((list) => list.length > 0, 'must list at least one'),
    fallback: '15,30,60,120,180',
    doc: 'Seconds between looks for the status of a message whose send had no answer. After the last look it is sent once more or shown as unknown; after the first, messages behind it pass. Keep the first above 10, the seconds WhatsApp is given for its answer.',
  },
  RATE_LIMIT_POINTS: {
    schema: integer(0, 100_000_000),
    fallback: '10000',
    doc: 'Points that the bucket of an API key holds; a request takes its cost out of it. 0 for no limit.',
  },
  RATE_LIMIT_RESTORE: {
    schema: integer(1, 100_000_000),
    fallback: '500',
    doc: 'Points that come back to the bucket every second.',
  },
  SUBSCRIPTIONS_PER_CALLER: {
    schema: integer(1, 100_000),
    fallback: '200',
    doc: 'Subscriptions, and as many sockets, that one key, member of staff or bot may hold open at one api process. A shop may hold five times as many, and all together fifty times.',
  },
  PAYMENT_SANDBOX: {
    schema: z.enum(['true', 'false']),
    doc: 'Whether shops may offer the sandbox payment provider, which takes no money. Default: `true` outside production.',
  },
  EVENT_RETENTION_DAYS: {
    schema: integer(1, 3650),
    fallback: '365',
    doc: 'How long the event log is kept. Timelines of orders are read from it.',
  },
  BOT_LEASE_SECONDS: {
    schema: integer(1, 600),
    fallback: '20',
    doc: 'How long a bot may work on one message before another bot takes over.',
  },
  BOT_RETRY_SECONDS: {
    schema: listOf(integer(0, 3600), 'pauses').refine((list) => list.length > 0, 'must list at least one'),
    fallback: '0,5,15,30,60,120,300,300,300,300,300',
    doc: 'Seconds before a message is given to a bot again after a bot took it and went away without a word: after the first time, the second, and so on. After one time more than the list is long, staff get it.',
  },
  METRICS_TOKEN: {
    schema: secret,
    secret: true,
    doc: 'Bearer token that opens /metrics. Without it /metrics answers only outside production.',
  },
} satisfies Record<string, Setting>

type Name = keyof typeof SETTINGS
export type Env = Partial<Record<string, string>>

/** The environment this process was started in. Nobody else reads it. */
export const environment = (): Env => process.env

/** Lists every wrong setting at once, each with what to do. */
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
  const values: Partial<Record<Name, unknown>> = {}
  for (const [name, setting] of Object.entries(SETTINGS) as [Name, Setting][]) {
    const text = env[name] || setting.fallback
    if (text === undefined) continue
    const parsed = setting.schema.safeParse(text)
    if (parsed.success) values[name] = parsed.data
    else
      problems.push(
        `${name} ${parsed.error.issues.map((issue) => issue.message).join(', ')}${setting.secret ? '' : ` (got "${text}")`}`,
      )
  }
  const text = (name: Name) => values[name] as string | undefined
  const production = values.NODE_ENV === 'production'
  const cloud = Boolean(env.WHATSAPP_ACCESS_TOKEN)
  const need = (name: Name, why: string) => {
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
  // Processes that share a bot key and have no credentials of Meta agree on the emulator's secrets without being told.
  const derived = (name: Name) =>
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
] as const satisfies Name[]

function generatedSecrets(dataDir: string) {
  try {
    return keepSecrets(dataDir, GENERATED)
  } catch (error) {
    throw new ConfigError([`DATA_DIR cannot hold secrets.json: ${(error as Error).message}`])
  }
}
