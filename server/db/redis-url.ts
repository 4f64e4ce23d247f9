import type { RedisOptions } from 'ioredis'
import * as z from 'zod'

const SENTINEL_URL =
  /^(?<scheme>rediss?)\+sentinel:\/\/(?:(?<user>[^:@/?]*)(?::(?<password>[^@/?]*))?@)?(?<hosts>[^/?@]+)\/(?<name>[\w.-]+)(?:\?(?<query>.*))?$/
const HOST = /^(?:\[(?<six>[0-9a-f:.]+)\]|(?<host>[\w.-]+))(?::(?<port>\d{1,5}))?$/i
const SENTINEL_PORT = 26379
const QUERY = ['db', 'sentinelUsername', 'sentinelPassword']

const MUST_BE =
  'must be redis://user:password@host:6379/0, the same with rediss:// for TLS, or redis+sentinel://user:password@sentinel1:26379,sentinel2:26379/name-of-the-primary?db=0'

/**
 * Options for ioredis from REDIS_URL. `redis+sentinel://` lists Sentinels and names the primary they watch; `user` and
 * `password` are those of Redis, `sentinelUsername` and `sentinelPassword` in the query those of the Sentinels.
 * `rediss+sentinel://` uses TLS for both.
 *
 * @throws Error whose message never quotes the URL, because it contains the password.
 */
export function readRedisUrl(url: string): RedisOptions {
  return url.includes('+sentinel:') ? readSentinelUrl(url) : readPlainUrl(url)
}

/** Schema of a URL that `readRedisUrl` accepts. */
export const redisUrl = z
  .string()
  .max(4096)
  .superRefine((text, problems) => {
    try {
      readRedisUrl(text)
    } catch (error) {
      problems.addIssue((error as Error).message)
    }
  })

function readPlainUrl(text: string): RedisOptions {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !/^rediss?:$/.test(url.protocol) || !url.hostname) throw new Error(MUST_BE)
  const database = readDatabase(url.pathname.slice(1) || url.searchParams.get('db'))
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || 6379),
    ...credentials(url.username, url.password),
    ...(database ? { db: database } : {}),
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
    // ioredis reads `family`, the IP version, from the URL too.
    ...Object.fromEntries([...url.searchParams].filter(([name]) => name === 'family').map(([n, v]) => [n, Number(v)])),
  }
}

function readSentinelUrl(text: string): RedisOptions {
  const { scheme, user = '', password = '', hosts = '', name, query } = SENTINEL_URL.exec(text)?.groups ?? {}
  if (!name) throw new Error(MUST_BE)
  const parameters = new URLSearchParams(query)
  const unknown = [...parameters.keys()].find((parameter) => !QUERY.includes(parameter))
  if (unknown) throw new Error(`knows no parameter "${unknown}"; with Sentinel there are ${QUERY.join(', ')}`)
  const sentinels = hosts.split(',').map((part) => {
    const { six, host = six, port } = HOST.exec(part)?.groups ?? {}
    if (!host) throw new Error(MUST_BE)
    return { host, port: Number(port ?? SENTINEL_PORT) }
  })
  const database = readDatabase(parameters.get('db'))
  const [sentinelUsername, sentinelPassword] = [parameters.get('sentinelUsername'), parameters.get('sentinelPassword')]
  return {
    sentinels,
    name,
    ...credentials(user, password),
    ...(database ? { db: database } : {}),
    ...(sentinelUsername ? { sentinelUsername } : {}),
    ...(sentinelPassword ? { sentinelPassword } : {}),
    ...(scheme === 'rediss' ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
    // A demoted primary keeps its connections open, so the Sentinels report the failover.
    failoverDetector: true,
    sentinelCommandTimeout: 2_000,
    sentinelRetryStrategy: (times) => Math.min(times * 100, 1_000),
    sentinelReconnectStrategy: (times) => Math.min(times * 100, 2_000),
  }
}

function credentials(username: string, password: string): RedisOptions {
  return {
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
  }
}

function readDatabase(text: string | null): number {
  if (!text) return 0
  if (!/^\d{1,4}$/.test(text)) throw new Error(`names the database "${text}"; it must be a number such as 0`)
  return Number(text)
}
