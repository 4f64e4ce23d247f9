import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ConfigError, readConfig, SETTINGS, type Env } from './config.ts'

const DATA_DIR = mkdtempSync(join(tmpdir(), 'storeline-config-'))
afterAll(() => rmSync(DATA_DIR, { recursive: true, force: true }))

const PRODUCTION: Env = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://storeline:secret@db:5432/storeline',
  REDIS_URL: 'redis://redis:6379',
  BOT_API_KEY: 'a key that is long enough for a bot',
  PUBLIC_URL: 'https://shop.example.com/',
  DATA_DIR,
}

function problemsOf(env: Env): string[] {
  try {
    readConfig({ DATA_DIR, ...env })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

test('nothing has to be set: everything is embedded, and secrets are made once and kept to oneself', () => {
  const first = readConfig({ DATA_DIR })
  expect(first).toMatchObject({
    production: false,
    port: 4000,
    demo: true,
    database: { kind: 'embedded' },
    redis: { kind: 'embedded' },
    whatsapp: { kind: 'emulator' },
  })
  expect(readConfig({ DATA_DIR })).toEqual(first)
  expect(statSync(join(DATA_DIR, 'secrets.json')).mode & 0o777).toBe(0o600)
})

test('an empty variable counts as not set', () => {
  expect(readConfig({ DATA_DIR, PORT: '', REDIS_URL: '', WHATSAPP_ACCESS_TOKEN: '' })).toEqual(readConfig({ DATA_DIR }))
})

test('every wrong variable is named at once, without showing secrets', () => {
  const wrong = {
    PORT: '99999',
    LOG_LEVEL: 'loud',
    PUBLIC_URL: 'shop.example.com',
    REDIS_URL: 'http://hunter2',
    BOT_API_KEY: 'hunter2',
  }
  const problems = problemsOf(wrong)
  expect(problems.map((problem) => problem.split(' ')[0]).toSorted()).toEqual(Object.keys(wrong).toSorted())
  expect(problems.join()).not.toContain('hunter2')
})

test('production generates nothing and asks for what it needs', () => {
  const problems = problemsOf({ NODE_ENV: 'production', WHATSAPP_ACCESS_TOKEN: 'a token of the Cloud API' })
  const missing = [
    'DATABASE_URL',
    'REDIS_URL',
    'BOT_API_KEY',
    'PUBLIC_URL',
    'WHATSAPP_APP_SECRET',
    'WHATSAPP_VERIFY_TOKEN',
  ]
  expect(problems).toEqual(missing.map((name) => expect.stringMatching(`^${name} is missing: `)))
  expect(readConfig(PRODUCTION)).toMatchObject({ production: true, demo: false, publicUrl: 'https://shop.example.com' })
})

test('processes of one installation agree on the emulator’s secrets; those of another do not', () => {
  const { whatsapp } = readConfig(PRODUCTION)
  expect(readConfig({ ...PRODUCTION, PORT: '4001' }).whatsapp.appSecret).toBe(whatsapp.appSecret)
  expect(readConfig({ ...PRODUCTION, BOT_API_KEY: 'another key that is long enough' }).whatsapp.appSecret).not.toBe(
    whatsapp.appSecret,
  )
  expect(new Set([whatsapp.appSecret, whatsapp.accessToken, whatsapp.verifyToken, PRODUCTION.BOT_API_KEY]).size).toBe(4)
})

test('every setting says what it means', () => {
  for (const { doc } of Object.values(SETTINGS)) expect(doc).toMatch(/^[A-Z].{10,}\.$/)
})
