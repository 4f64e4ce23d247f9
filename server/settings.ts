import { z } from 'zod'
import { redisUrl } from './db/redis-url.ts'
import { integer, listOf, publicUrl, secret, url } from './setting-schemas.ts'

/** `schema` validates, `doc` explains, `secret` keeps it out of print. */
export type Setting = { schema: z.ZodType; doc: string; example?: string; fallback?: string; secret?: boolean }

/** Every environment variable, each a row of docs/configuration.md. `readConfig` makes a Config of them. */
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

export type SettingName = keyof typeof SETTINGS
