import * as z from 'zod'
import { redisUrl } from './db/redis-url.ts'
import { integer, listOf, publicUrl, secret, url } from './setting-schemas.ts'

/** A setting. `doc` goes to docs/configuration.md; `secret` keeps the value out of messages. */
export type Setting = { schema: z.ZodType; doc: string; example?: string; fallback?: string; secret?: boolean }

/** All environment variables, each a row of docs/configuration.md. `readConfig` turns them into a Config. */
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
    doc: 'Public URL of this installation, without a path. Default: the listening address.',
  },
  TRUST_PROXY: {
    schema: z.string().regex(/^(true|false|[0-9])$/, 'must be true, false or the number of proxies'),
    fallback: 'false',
    doc: 'Number of trusted proxies that append to X-Forwarded-For, at most 9; `true` is 1. Entries beyond these are ignored, so that clients cannot forge their address.',
  },
  DATA_DIR: {
    schema: z.string().min(1).max(4096),
    fallback: '.data',
    doc: 'Directory of the embedded database, generated secrets, and media without S3.',
  },
  WEB_DIR: {
    schema: z.string().min(1).max(4096),
    fallback: 'dist/web',
    doc: 'Directory of the built dashboard and phone pages.',
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
    doc: 'URL of the same database without a connection pooler, with the same role. Required when DATABASE_URL leads to a pooler in transaction mode: migrations and jobs in PostgreSQL need sessions.',
  },
  DATABASE_POOL_SIZE: {
    schema: integer(2, 200),
    fallback: '16',
    doc: 'Maximum number of database connections of one process.',
  },
  REDIS_URL: {
    schema: redisUrl,
    example: 'redis://redis:6379',
    secret: true,
    doc: 'Redis 6.2 or newer for jobs and notifications: `redis://user:password@host:6379/0`, `rediss://` for TLS, or Sentinels: `redis+sentinel://user:password@sentinel1:26379,sentinel2:26379/name-of-the-primary?db=0` (`rediss+sentinel://` for TLS; `sentinelUsername` and `sentinelPassword` in the query are the credentials of the Sentinels). Redis Cluster is not supported. Default: jobs in PostgreSQL, notifications within the one process.',
  },
  WHATSAPP_ACCESS_TOKEN: {
    schema: secret,
    secret: true,
    doc: 'System-user access token of the Meta app. Setting it disables the emulator.',
  },
  WHATSAPP_APP_SECRET: {
    schema: secret,
    secret: true,
    doc: 'App secret that signs webhooks. Required with WHATSAPP_ACCESS_TOKEN.',
  },
  WHATSAPP_VERIFY_TOKEN: {
    schema: secret,
    secret: true,
    doc: 'Verify token of the webhook handshake. Required with WHATSAPP_ACCESS_TOKEN.',
  },
  WHATSAPP_API_URL: {
    schema: url('http', 'https'),
    doc: 'Base URL of the Cloud API. Default: Meta, or the emulator.',
  },
  WHATSAPP_API_VERSION: {
    schema: z.string().regex(/^v\d{1,3}\.\d{1,2}$/, 'must look like v25.0'),
    fallback: 'v25.0',
    doc: 'Version of the Cloud API.',
  },
  WHATSAPP_WEBHOOK_URL: {
    schema: url('http', 'https'),
    doc: 'URL to which the emulator delivers webhooks. Default: this process.',
  },
  EMULATOR_SECRET: {
    schema: secret,
    secret: true,
    doc: 'Secret that protects the phone page and the control API of the emulator. Required in production to run the emulator, the same for every process; elsewhere they are open unless it is set.',
  },
  BOT_API_KEY: {
    schema: secret,
    secret: true,
    doc: 'API key of the bots. Required in production; generated otherwise.',
  },
  SECRET_KEY: {
    schema: secret,
    secret: true,
    doc: 'Random key that signs links and encrypts stored secrets. Required in production, the same for every process; generated otherwise. Each database belongs to one key; a start with another key is refused.',
  },
  SECRET_KEY_PREVIOUS: {
    schema: secret,
    secret: true,
    doc: 'The previous SECRET_KEY during a rotation: the next start encrypts stored secrets again with SECRET_KEY.',
  },
  S3_BUCKET: {
    schema: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be a bucket name'),
    example: 'storeline-media',
    doc: 'Bucket for images. Setting it stores images in S3, or a compatible store, instead of on disk.',
  },
  S3_REGION: { schema: z.string().min(1).max(64), fallback: 'us-east-1', doc: 'Region of the bucket.' },
  S3_ENDPOINT: {
    schema: url('http', 'https'),
    example: 'https://minio.example.com',
    doc: 'Endpoint URL of an S3-compatible store. Default: Amazon S3.',
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
    doc: 'Delays in seconds before each delivery attempt of a webhook, the first included.',
  },
  WEBHOOK_ALLOWED_NETWORKS: {
    schema: listOf(z.union([z.cidrv4(), z.cidrv6()], { error: 'must be networks such as 10.0.0.0/8' }), 'networks'),
    fallback: '',
    example: '127.0.0.0/8',
    doc: 'Private networks (CIDR, comma-separated) that webhook endpoints may use. All other private addresses are refused.',
  },
  MESSAGE_RECONCILE_SECONDS: {
    schema: listOf(integer(1, 3600), 'pauses').refine((list) => list.length > 0, 'must list at least one'),
    fallback: '15,30,60,120,180',
    doc: 'Delays in seconds between checks of the status of a message whose send was not answered. After the last check the message is sent once more or marked as unknown; after the first, later messages of the chat are sent. Keep the first above 10, the timeout of a send in seconds.',
  },
  RATE_LIMIT_POINTS: {
    schema: integer(0, 100_000_000),
    fallback: '10000',
    doc: 'Capacity of the token bucket of an API key, in points; each request takes its cost. 0 for no limit.',
  },
  RATE_LIMIT_RESTORE: {
    schema: integer(1, 100_000_000),
    fallback: '500',
    doc: 'Points that refill the bucket every second.',
  },
  SUBSCRIPTIONS_PER_CALLER: {
    schema: integer(1, 100_000),
    fallback: '200',
    doc: 'Limit of open subscriptions, and of open sockets, of one API key, member of staff or bot at one api process. The limit of a shop is five times, that of the process fifty times as high.',
  },
  PAYMENT_SANDBOX: {
    schema: z.enum(['true', 'false']),
    doc: 'Whether shops may offer the sandbox payment provider, which takes no money. Default: `true` outside production.',
  },
  EVENT_RETENTION_DAYS: {
    schema: integer(1, 3650),
    fallback: '365',
    doc: 'Retention of the event log in days. Timelines of orders are read from it.',
  },
  BOT_LEASE_SECONDS: {
    schema: integer(1, 600),
    fallback: '20',
    doc: 'Duration of a turn’s lease in seconds; another bot may claim the turn after it.',
  },
  BOT_RETRY_SECONDS: {
    schema: listOf(integer(0, 3600), 'pauses').refine((list) => list.length > 0, 'must list at least one'),
    fallback: '0,5,15,30,60,120,300,300,300,300,300',
    doc: 'Delays in seconds before a turn may be claimed again after its lease has expired: after the first time, the second, and so on. After the last delay the next expiry hands the conversation to staff.',
  },
  METRICS_TOKEN: {
    schema: secret,
    secret: true,
    doc: 'Bearer token of /metrics. Without it /metrics answers only outside production.',
  },
} satisfies Record<string, Setting>

export type SettingName = keyof typeof SETTINGS
