import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigError, readConfig, type Env } from './config.ts'
import { SETTINGS } from './settings.ts'

let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'storeline-config-'))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

const read = (env: Env = {}) => readConfig({ DATA_DIR: dataDir, ...env })
function problemsOf(env: Env): string[] {
  try {
    read(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

const SECRET = 'sixteen-or-more-characters'
const PRODUCTION: Env = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://storeline:pw@db:5432/storeline',
  REDIS_URL: 'redis://redis:6379',
  BOT_API_KEY: SECRET,
  SECRET_KEY: SECRET,
  PUBLIC_URL: 'https://shop.example.com/',
}
const CLOUD: Env = { WHATSAPP_ACCESS_TOKEN: SECRET, WHATSAPP_APP_SECRET: SECRET, WHATSAPP_VERIFY_TOKEN: SECRET }

describe('with nothing set', () => {
  test('everything is embedded, on port 4000, with demo data and the emulator', () => {
    expect(read()).toMatchObject({
      production: false,
      port: 4000,
      host: '127.0.0.1',
      publicUrl: 'http://localhost:4000',
      logLevel: 'warn',
      demo: true,
      database: { kind: 'embedded', directory: join(dataDir, 'postgres') },
      redis: { kind: 'embedded' },
      storage: { kind: 'disk', directory: join(dataDir, 'media') },
      whatsapp: {
        kind: 'emulator',
        apiUrl: 'http://127.0.0.1:4000/_emulator',
        webhookUrl: 'http://127.0.0.1:4000/webhooks/whatsapp',
      },
      metricsToken: null,
    })
  })

  test('secrets are generated once, readable by the owner of the file only, and kept', async () => {
    const [first, second] = [read(), read()]
    expect(second.whatsapp).toEqual(first.whatsapp)
    expect(second.botApiKey).toBe(first.botApiKey)
    expect(
      new Set([first.botApiKey, first.whatsapp.appSecret, first.whatsapp.accessToken, first.whatsapp.verifyToken]).size,
    ).toBe(4)
    const file = join(dataDir, 'secrets.json')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ BOT_API_KEY: first.botApiKey })
  })

  test('an empty variable counts as none', () => {
    expect(read({ PORT: '', DATABASE_URL: '', LOG_LEVEL: '' })).toMatchObject({
      port: 4000,
      database: { kind: 'embedded' },
      logLevel: 'warn',
    })
  })
})

describe('a wrong variable is named with what it should be', () => {
  test.each<[keyof typeof SETTINGS, string, RegExp]>([
    ['PORT', 'http', /whole number.*got "http"/],
    ['PORT', '70000', /at most 65535/],
    ['PORT', '-1', /whole number/],
    ['PORT', '80.5', /whole number/],
    ['NODE_ENV', 'prod', /production/],
    ['LOG_LEVEL', 'loud', /got "loud"/],
    ['DEMO', 'yes', /got "yes"/],
    ['PUBLIC_URL', 'shop.example.com', /must be a http or https address/],
    ['PUBLIC_URL', 'ftp://shop.example.com', /must be a http or https address/],
    ['PUBLIC_URL', 'https://example.com/shop', /without a path.*got "https:\/\/example.com\/shop"/],
    ['PUBLIC_URL', 'https://example.com/?a=b', /without a path/],
    ['PUBLIC_URL', 'https://example.com/#a', /without a path/],
    ['PUBLIC_URL', 'https://name@example.com', /sign-in/],
    ['DATABASE_URL', 'mysql://x:hidden-password@y/z', /must be a postgres or postgresql address/],
    ['DATABASE_POOL_SIZE', '1', /at least 2/],
    ['REDIS_URL', 'http://:hidden-password@redis', /must be redis:\/\/user.* or redis\+sentinel:/],
    ['WHATSAPP_API_VERSION', '25', /must look like v25\.0/],
    ['WHATSAPP_API_URL', 'nowhere', /must be a http or https address/],
    ['WHATSAPP_WEBHOOK_URL', 'javascript:alert(1)', /must be a http or https address/],
    ['BOT_LEASE_SECONDS', '0', /at least 1/],
    ['BOT_API_KEY', 'short-hidden', /at least 16 characters/],
    ['METRICS_TOKEN', 'short-hidden', /at least 16 characters/],
    ['SECRET_KEY', 'short-hidden', /at least 16 characters/],
    ['WEBHOOK_RETRY_SECONDS', '0,soon', /must be a whole number/],
    ['WEBHOOK_RETRY_SECONDS', ' , ', /at least one/],
    ['WEBHOOK_ALLOWED_NETWORKS', '10.0.0.1', /networks such as 10\.0\.0\.0\/8/],
    ['RATE_LIMIT_POINTS', '-1', /whole number/],
    ['DATA_DIR', 'x'.repeat(5000), /./],
    ['HOST', 'x'.repeat(300), /./],
  ])('%s=%s', (name, value, message) => {
    const problems = problemsOf({ [name]: value })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(new RegExp(`^${name} `))
    expect(problems[0]).toMatch(message)
    expect(problems[0]).not.toContain('hidden')
  })

  test('all of them at once, in one message', () => {
    const wrong = { PORT: 'x', LOG_LEVEL: 'x', DATABASE_URL: 'x', BOT_API_KEY: 'x' }
    expect(problemsOf(wrong).map((problem) => problem.split(' ')[0])).toEqual([
      'PORT',
      'LOG_LEVEL',
      'DATABASE_URL',
      'BOT_API_KEY',
    ])
    expect(() => read(wrong)).toThrow(/4 setting\(s\) need attention:\n {2}- PORT .*\n {2}- LOG_LEVEL/s)
  })
})

describe('in production', () => {
  test('nothing is generated: all missing settings are named at once, with the reason', () => {
    const problems = problemsOf({ NODE_ENV: 'production' })
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'DATABASE_URL',
      'REDIS_URL',
      'BOT_API_KEY',
      'PUBLIC_URL',
      'SECRET_KEY',
    ])
    for (const problem of problems) expect(problem).toMatch(/is missing: .{15,}/)
  })

  test('with the required settings it starts without demo data, and logs', async () => {
    const other = await mkdtemp(join(tmpdir(), 'storeline-config-'))
    expect(read({ ...PRODUCTION, ...CLOUD, DATA_DIR: other })).toMatchObject({
      production: true,
      demo: false,
      logLevel: 'info',
      publicUrl: 'https://shop.example.com',
      redis: { kind: 'url' },
      database: { kind: 'url' },
      whatsapp: { kind: 'cloud', apiUrl: 'https://graph.facebook.com', accessToken: SECRET },
    })
    await expect(stat(join(other, 'secrets.json'))).rejects.toThrow('ENOENT')
    await rm(other, { recursive: true })
  })

  test('demo data comes when asked for', () => {
    expect(read({ ...PRODUCTION, DEMO: 'true' }).demo).toBe(true)
  })
})

test('a bucket stores images in S3, with the required keys', () => {
  const keys = { S3_ACCESS_KEY_ID: 'AKIA', S3_SECRET_ACCESS_KEY: SECRET }
  expect(read({ S3_BUCKET: 'media', ...keys }).storage).toEqual({
    kind: 's3',
    bucket: 'media',
    region: 'us-east-1',
    endpoint: null,
    accessKeyId: 'AKIA',
    secretAccessKey: SECRET,
  })
  const missing = problemsOf({ S3_BUCKET: 'media' }).map((problem) => problem.split(' ')[0])
  expect(missing).toEqual(['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'])
  expect(problemsOf({ S3_BUCKET: 'Not a bucket', ...keys })).toEqual([
    expect.stringMatching(/^S3_BUCKET must be a bucket name/),
  ])
})

test('lists are written with commas', () => {
  const { webhooks } = read({ WEBHOOK_RETRY_SECONDS: '0, 1,2', WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8, ::1/128' })
  expect(webhooks).toEqual({ scheduleSeconds: [0, 1, 2], allowedNetworks: ['127.0.0.0/8', '::1/128'] })
  expect(read().webhooks.scheduleSeconds).toHaveLength(10)
  expect(read().webhooks.allowedNetworks).toEqual([])
})

test('a bucket of 0 points means no limit', () => {
  expect(read().rateLimit).toEqual({ points: 10_000, restorePerSecond: 500 })
  expect(read({ RATE_LIMIT_POINTS: '0' }).rateLimit).toBeNull()
})

test('credentials of a real app switch the emulator off, and come together or not at all', () => {
  expect(read(CLOUD).whatsapp.kind).toBe('cloud')
  const problems = problemsOf({ WHATSAPP_ACCESS_TOKEN: SECRET })
  expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['WHATSAPP_APP_SECRET', 'WHATSAPP_VERIFY_TOKEN'])
  expect(problems.join()).not.toContain(SECRET)
})

test('every setting has a description, and secrets are marked', () => {
  for (const [name, setting] of Object.entries(SETTINGS)) {
    expect(setting.doc, name).toMatch(/\.$/)
    if (/TOKEN|SECRET|KEY|DATABASE_URL|REDIS_URL/.test(name))
      expect('secret' in setting && setting.secret, name).toBe(true)
  }
})
