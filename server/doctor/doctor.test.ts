import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLauncher, until } from '../../test/harness/processes.ts'
import { startRedis, type TestRedis } from '../../test/harness/redis.ts'
import { startS3 } from '../../test/harness/s3.ts'
import { startTestStoreline, type TestStoreline } from '../../test/harness/storeline.ts'
import { type Env, readConfig } from '../config.ts'
import { runChecks } from './check.ts'
import { CHECKS } from './checks.ts'
import { runDoctor } from './main.ts'

let dataDir: string
let redis: TestRedis
let storeline: TestStoreline
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'storeline-doctor-'))
  redis = await startRedis()
  storeline = await startTestStoreline({ roles: ['api', 'worker', 'emulator'] })
})
afterAll(async () => {
  await storeline[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true, force: true })
})

/** Settings with which all is well, beside the running Storeline. */
const healthy = (more: Env = {}): Env => ({
  ...storeline.env,
  REDIS_URL: redis.url,
  PUBLIC_URL: storeline.url,
  BOT_API_KEY: storeline.app.config.botApiKey,
  SECRET_KEY: storeline.app.config.secretKey,
  ...more,
})

type Report = { ok: boolean; findings: { check: string; level: string; says: string }[] }
async function examine(more: Env = {}): Promise<Report & { code: number; text: string }> {
  let text = ''
  const code = await runDoctor(['--json'], healthy(more), (line) => (text += line))
  return { code, text, ...(JSON.parse(text) as Report) }
}
const of = ({ findings }: Report, check: string) => findings.filter((finding) => finding.check === check)

describe('the doctor', () => {
  test('finds no failure in a healthy installation, leaves nothing behind, and prints no secret', async () => {
    const report = await examine()
    expect(report.findings.filter(({ level }) => level === 'fail')).toEqual([])
    expect([report.ok, report.code]).toEqual([true, 0])
    expect(new Set(report.findings.map(({ check }) => check))).toEqual(new Set(CHECKS.map(({ name }) => name)))
    expect(of(report, 'bot')).toMatchObject([{ level: 'warn', says: expect.stringContaining('no bot is connected') }])
    const { botApiKey, secretKey, whatsapp } = storeline.app.config
    for (const secret of [botApiKey, secretKey, whatsapp.accessToken, whatsapp.verifyToken, whatsapp.appSecret])
      expect(report.text).not.toContain(secret)
    const left = await readdir(storeline.app.config.dataDir, { recursive: true })
    expect(left.filter((name) => name.includes('doctor'))).toEqual([])
  })

  test('prints one line for each outcome, with a sign', async () => {
    const lines: string[] = []
    expect(await runDoctor([], healthy(), (line) => lines.push(line))).toBe(0)
    expect(lines.length).toBeGreaterThanOrEqual(CHECKS.length)
    for (const line of lines) expect(line).toMatch(/^[✓!✗] [a-z ]+: .+/)
    expect(await runDoctor(['--loud'], {}, () => {})).toBe(2)
  })

  test.each<[string, () => Env, string, string, RegExp]>([
    ['settings', () => ({ PORT: 'x' }), 'settings', 'fail', /^PORT must be a whole number/],
    [
      'a database that is away',
      () => ({ DATABASE_URL: 'postgresql://a:hidden@127.0.0.1:9/b' }),
      'database',
      'fail',
      /cannot be used/,
    ],
    [
      'a Redis that is away',
      () => ({ REDIS_URL: 'redis://127.0.0.1:9' }),
      'redis',
      'fail',
      /does not take what is written/,
    ],
    [
      'a directory that cannot be made',
      () => ({ DATA_DIR: join(dataDir, 'file/below') }),
      'settings',
      'fail',
      /DATA_DIR cannot hold/,
    ],
    [
      'another SECRET_KEY',
      () => ({ SECRET_KEY: 'another-secret-key-altogether' }),
      'keys',
      'fail',
      /SECRET_KEY is not the key/,
    ],
    [
      'another BOT_API_KEY',
      () => ({ BOT_API_KEY: 'another-bot-key-altogether' }),
      'keys',
      'warn',
      /BOT_API_KEY is not the one/,
    ],
    [
      'a public address that leads nowhere',
      () => ({ PUBLIC_URL: 'http://127.0.0.1:9' }),
      'public address',
      'warn',
      /cannot be reached/,
    ],
    ['a host that is open to all', () => ({ HOST: '0.0.0.0' }), 'settings', 'warn', /NODE_ENV=production/],
  ])('finds %s', async (_what, more, check, level, says) => {
    await writeFile(join(dataDir, 'file'), '')
    const report = await examine(more())
    expect(of(report, check)).toContainEqual({ check, level, says: expect.stringMatching(says) })
    expect(report.code).toBe(level === 'fail' ? 1 : 0)
    expect(report.text).not.toMatch(/hidden|altogether/)
  })

  test('finds a Redis that evicts keys, and one that refuses writes', async () => {
    const client = new Redis(redis.url)
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru')
    expect(of(await examine(), 'redis')).toMatchObject([{ level: 'warn', says: expect.stringContaining('noeviction') }])
    await client.config('SET', 'maxmemory-policy', 'noeviction')
    await client.replicaof('127.0.0.1', 9)
    expect(of(await examine(), 'redis')).toMatchObject([
      { level: 'fail', says: expect.stringContaining('read-only replica') },
    ])
    await client.replicaof('NO', 'ONE')
    client.disconnect()
  })

  test('finds a Redis Cluster, with which no process starts', async () => {
    await using cluster = await startRedis('--cluster-enabled', 'yes')
    expect(of(await examine({ REDIS_URL: cluster.url }), 'redis')).toMatchObject([
      { level: 'fail', says: expect.stringContaining('Redis Cluster') },
    ])
  })

  test('finds a bucket that cannot be reached', async () => {
    await using s3 = await startS3()
    expect(of(await examine(s3.env), 'images')).toMatchObject([{ level: 'ok' }])
    await s3.stop()
    expect(of(await examine(s3.env), 'images')).toMatchObject([
      { level: 'fail', says: expect.stringContaining('the bucket storeline-media cannot be used') },
    ])
  })

  test('finds a token that WhatsApp refuses, and confirms one that it accepts', async () => {
    const { accessToken, appSecret, verifyToken } = storeline.app.config.whatsapp
    const cloud = (token: string): Env => ({
      WHATSAPP_ACCESS_TOKEN: token,
      WHATSAPP_APP_SECRET: appSecret,
      WHATSAPP_VERIFY_TOKEN: verifyToken,
      WHATSAPP_API_URL: `${storeline.url}/_emulator`,
    })
    const well = await examine(cloud(accessToken))
    expect(of(well, 'whatsapp')).toMatchObject([{ level: 'ok' }])
    expect(of(well, 'public address').map(({ level }) => level)).toEqual(['ok', 'ok'])
    expect(of(await examine(cloud('a-token-that-is-wrong')), 'whatsapp')).toMatchObject([
      { level: 'fail', says: expect.stringContaining('WHATSAPP_ACCESS_TOKEN is not accepted') },
    ])
    const other = await examine({ ...cloud(accessToken), WHATSAPP_VERIFY_TOKEN: 'another-verify-token' })
    expect(of(other, 'public address')).toContainEqual(
      expect.objectContaining({ level: 'fail', says: expect.stringContaining('WHATSAPP_VERIFY_TOKEN') }),
    )
  })

  test('fails checks that do not answer in time, and those that throw', async () => {
    const surroundings = { config: readConfig(healthy()), databaseUrl: null }
    const hanging = { name: 'hanging', quick: true, run: () => new Promise<never>(() => {}) }
    const throwing = { name: 'throwing', quick: true, run: () => Promise.reject(new Error('a\nreason')) }
    expect(await runChecks([hanging, throwing], surroundings, { timeoutMs: 50 })).toEqual([
      { check: 'hanging', level: 'fail', says: 'there was no answer within 0.05 s' },
      { check: 'throwing', level: 'fail', says: 'a reason' },
    ])
  })

  test('is a command of the built server', async () => {
    // With every secret named nothing has to be kept in the directory.
    const { accessToken, appSecret, verifyToken } = storeline.app.config.whatsapp
    const named = {
      NODE_ENV: 'production',
      EMULATOR_SECRET: 'the-secret-of-the-emulator',
      WHATSAPP_APP_SECRET: appSecret,
      WHATSAPP_VERIFY_TOKEN: verifyToken,
      WHATSAPP_ACCESS_TOKEN: accessToken,
      WHATSAPP_API_URL: `${storeline.url}/_emulator`,
    }
    const args = ['--import', 'tsx', 'server/main.ts', 'doctor', '--json']
    const env = { PATH: process.env.PATH, ...healthy(named), DATA_DIR: join(dataDir, 'file/below') }
    const { code, stdout } = await new Promise<{ code: unknown; stdout: string }>((done) =>
      execFile(process.execPath, args, { env }, (error, out) => done({ code: error?.code, stdout: out })),
    )
    expect(code).toBe(1)
    expect(of(JSON.parse(stdout) as Report, 'data directory')).toMatchObject([
      { level: 'fail', says: expect.stringContaining('cannot be written') },
    ])
  }, 120_000)
})

test('a start logs warnings of failing checks, and comes up nevertheless', async () => {
  await using evicting = await startRedis()
  const client = new Redis(evicting.url)
  await client.config('SET', 'maxmemory-policy', 'allkeys-lru')
  client.disconnect()
  await using launcher = await openLauncher()
  const { PORT: _taken, ...env } = healthy({
    REDIS_URL: evicting.url,
    S3_BUCKET: 'nowhere',
    S3_ENDPOINT: 'http://127.0.0.1:9',
  })
  const api = await launcher.start('api', {
    ...env,
    S3_ACCESS_KEY_ID: 'nobody',
    S3_SECRET_ACCESS_KEY: 'nothing',
    LOG_LEVEL: 'warn',
  })
  const warnings = () =>
    api
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { level: number; check?: string; msg: string })
  await until(
    'both are told',
    () => ['redis', 'images'].every((name) => warnings().some(({ check }) => check === name)),
    60_000,
  )
  expect(warnings().find(({ check }) => check === 'redis')).toMatchObject({
    level: 40,
    msg: expect.stringContaining('noeviction'),
  })
}, 120_000)
