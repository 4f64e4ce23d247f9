import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, inject, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { Environment as BotEnvironment, readConfig as readBotConfig } from '../bot/config.ts'
import { readConfig, PROCESS_ROLES, type Env, type Role } from '../server/config.ts'
import { assertRoleIsBound } from '../server/db/assert-role.ts'
import { openConnection } from '../server/db/connection.ts'
import { rolesFor } from '../server/roles.ts'
import { root } from './source-files.ts'
import { SETTINGS } from '../server/settings.ts'

const read = (file: string): string => readFileSync(join(root, file), 'utf8')

/**
 * The part of the Compose Specification that we use (https://github.com/compose-spec/compose-spec/blob/main/05-services.md and its
 * neighbours), and nothing else: a misspelt key is refused here as Compose would refuse it.
 */
const duration = z.string().regex(/^(\d+(h|m|s|ms))+$/)
const name = z.string().regex(/^[a-zA-Z0-9._-]+$/)
const mapping = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
const health = z.union([
  z.strictObject({ disable: z.literal(true) }),
  z.strictObject({
    test: z.tuple([z.enum(['CMD', 'CMD-SHELL'])], z.string()),
    interval: duration,
    timeout: duration,
    retries: z.int().positive(),
  }),
])
const service = z.strictObject({
  image: z.string(),
  build: z.string().optional(),
  command: z.array(z.string()).optional(),
  configs: z.array(z.strictObject({ source: name, target: z.string().startsWith('/') })).optional(),
  depends_on: z
    .record(
      name,
      z.strictObject({ condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']) }),
    )
    .optional(),
  deploy: z.strictObject({ replicas: z.int().positive() }).optional(),
  environment: mapping.optional(),
  healthcheck: health.optional(),
  init: z.boolean().optional(),
  ports: z.array(z.string().regex(/^(\$\{\w+:-\d+\}|\d+):\d+$/)).optional(),
  profiles: z.array(name).optional(),
  restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']).optional(),
  shm_size: z
    .string()
    .regex(/^\d+[kmg]b$/)
    .optional(),
  stop_grace_period: duration.optional(),
  volumes: z.array(z.string().regex(/^[\w-]+:\/[\w/.-]+$/)).optional(),
})
const Compose = z.strictObject({
  name,
  services: z.record(name, service),
  configs: z.record(name, z.strictObject({ content: z.string() })),
  volumes: z.record(name, z.null()),
})

const raw = parse(read('docker-compose.yml'), { merge: true }) as Record<string, unknown>
// Extensions are for people and for anchors; Compose drops them.
const compose = Compose.parse(Object.fromEntries(Object.entries(raw).filter(([key]) => !key.startsWith('x-'))))

const WRITTEN: Env = { DATABASE_PASSWORD: 'f'.repeat(48), BOT_API_KEY: 'b'.repeat(48), SECRET_KEY: 's'.repeat(48) }

/** Expands values as Compose does: `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `$$`. */
const interpolate = (text: string, env: Env): string =>
  text.replaceAll(/\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g, (match, variable?: string, kind?: string, rest?: string) => {
    if (!variable) return '$'
    const value = env[variable]
    if (!value && kind === '?') throw new Error(rest)
    return value || (kind === '-' ? (rest ?? '') : '')
  })

const environmentOf = (service_: string, env: Env = WRITTEN): Env =>
  Object.fromEntries(
    Object.entries(compose.services[service_]?.environment ?? {}).map(([key, value]) => [
      key,
      interpolate(String(value), env),
    ]),
  )

const ours = Object.entries(compose.services).filter(([, { build }]) => build)

/** Settings the image itself brings. */
const imageEnv: Env = Object.fromEntries(
  [...read('Dockerfile').matchAll(/^ENV (.+)$/gm)].flatMap(([, line = '']) =>
    line.split(' ').map((pair) => pair.split('=')),
  ),
)

describe('docker-compose.yml', () => {
  test('starts Postgres, Redis, two api nodes, two workers and two bots behind one port', () => {
    const replicas = Object.fromEntries(
      Object.entries(compose.services).map(([key, { deploy }]) => [key, deploy?.replicas ?? 1]),
    )
    expect(replicas).toEqual({ proxy: 1, api: 2, worker: 2, bot: 2, emulator: 1, postgres: 1, redis: 1 })
    expect(Object.entries(compose.services).flatMap(([key, { ports }]) => (ports ? [key] : []))).toEqual(['proxy'])
    expect(compose.services.emulator?.profiles).toEqual(['emulator'])
  })

  test('refers only to services, configs and volumes that it defines, and never waits in a circle', () => {
    for (const [key, { depends_on = {}, configs = [], volumes = [] }] of Object.entries(compose.services)) {
      for (const needed of Object.keys(depends_on)) {
        expect(Object.keys(compose.services), key).toContain(needed)
        expect(Object.keys(compose.services[needed]?.depends_on ?? {}), key).not.toContain(key)
        const waitsForHealth = depends_on[needed]?.condition === 'service_healthy'
        const hasCheck =
          compose.services[needed]?.healthcheck ??
          (compose.services[needed]?.build ? read('Dockerfile').includes('HEALTHCHECK') : false)
        if (waitsForHealth) expect(hasCheck, `${key} waits for ${needed}`).toBeTruthy()
      }
      for (const { source } of configs) expect(Object.keys(compose.configs), key).toContain(source)
      for (const volume of volumes) expect(Object.keys(compose.volumes), key).toContain(volume.split(':')[0])
    }
  })

  test('runs roles that exist, with settings that exist', () => {
    for (const [key, { command = [] }] of ours) {
      expect(command[0], key).toBe('--roles')
      const roles = command[1]?.split(',') ?? []
      for (const role of roles) expect(PROCESS_ROLES, key).toContain(role)
      const known = key === 'bot' ? Object.keys(BotEnvironment.shape) : Object.keys(SETTINGS)
      expect(
        Object.keys(environmentOf(key)).filter((variable) => !known.includes(variable)),
        key,
      ).toEqual([])
    }
  })

  test('configures every process from a .env of two lines, and says what is missing without', () => {
    for (const [key] of ours) {
      if (key === 'bot')
        expect(readBotConfig({ ...imageEnv, ...environmentOf(key) } as NodeJS.ProcessEnv)).toMatchObject({
          url: 'http://proxy:8080',
        })
      else
        expect(readConfig({ ...imageEnv, ...environmentOf(key) })).toMatchObject({
          production: true,
          host: '0.0.0.0',
          port: 4000,
        })
      expect(() => environmentOf(key, {})).toThrow(/put \w+ into \.env/)
    }
  })

  test('lets workers reach the emulator, and the emulator the webhook, with secrets they agree on', () => {
    const env = {
      ...WRITTEN,
      COMPOSE_PROFILES: 'emulator',
      WHATSAPP_API_URL: 'http://emulator:4000/_emulator',
      EMULATOR_SECRET: 'e'.repeat(48),
    }
    const config = (key: string) => readConfig({ ...imageEnv, ...environmentOf(key, env) })
    expect(config('worker').whatsapp).toEqual({
      ...config('emulator').whatsapp,
      webhookUrl: config('worker').whatsapp.webhookUrl,
    })
    expect(config('emulator')).toMatchObject({
      demo: true,
      whatsapp: { kind: 'emulator', webhookUrl: 'http://proxy:8080/webhooks/whatsapp' },
    })
    expect(config('api').demo).toBe(false)
    for (const [key, { command = [] }] of ours) {
      const roles = command[1]?.split(',') as Role[]
      if (key !== 'bot') expect(rolesFor(config(key), roles), key).toEqual(roles)
    }
  })

  test('starts neither api nor worker without credentials of WhatsApp or the address of the emulator', () => {
    for (const key of ['api', 'worker'] as const) {
      const config = readConfig({ ...imageEnv, ...environmentOf(key) })
      expect(() => rolesFor(config, [key]), key).toThrow(/WHATSAPP_ACCESS_TOKEN is missing/)
    }
  })

  test('creates a database role that row-level security binds', async () => {
    const script = interpolate(compose.configs['postgres-role']?.content ?? '', {}).replaceAll('storeline', 'composed')
    expect(script).toMatch(/^psql .*--set=password="\$DATABASE_PASSWORD".* <<'SQL'$/m)
    // psql itself is not installed everywhere: do what it does with its variable.
    const sql =
      /<<'SQL'\n([\s\S]*?)\nSQL$/m.exec(script)?.[1]?.replaceAll(":'password'", pg.escapeLiteral("it's $ecret")) ?? ''
    const admin = new pg.Client({ connectionString: inject('adminUrl') })
    await admin.connect()
    for (const statement of sql.split(';\n')) await admin.query(statement)
    await admin.end()
    const url = Object.assign(new URL(inject('adminUrl')), {
      username: 'composed',
      password: encodeURIComponent("it's $ecret"),
      pathname: '/composed',
    })
    await using client = await openConnection(url.href)
    await assertRoleIsBound(client)
  })
})

describe('Dockerfile', () => {
  const text = read('Dockerfile')

  test('builds with the very scripts that exist, and copies files that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const run = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script = '']) => script)
    expect(run).toEqual(['generate', 'build'])
    expect(run.filter((script) => !(script in scripts))).toEqual([])
    const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from = '']) => from.split(' '))
    expect(copied.filter((file) => !existsSync(join(root, file)))).toEqual([])
    // The build context must hold everything that generating and building read.
    const ignored = read('.dockerignore').split('\n')
    for (const file of copied) expect(ignored).not.toContain(file)
  })

  test('runs as nobody special, says whether it is ready, and stops by signal', () => {
    const last = text.slice(text.lastIndexOf('FROM '))
    expect(last).toMatch(/^USER node$/m)
    expect(last).toContain('/readyz')
    // The exec form: the server is process 1's child and gets SIGTERM itself.
    expect(last).toMatch(/^ENTRYPOINT \["node", .*"dist\/server\/main\.js"\]$/m)
  })
})
