import { expect, test } from 'vitest'
import { readConfig, PROCESS_ROLES, type Env, type Role } from './config.ts'
import { rolesFor } from './roles.ts'

const SECRET = 'sixteen-or-more-characters'
const PRODUCTION: Env = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://storeline:pw@db:5432/storeline',
  REDIS_URL: 'redis://redis:6379',
  BOT_API_KEY: SECRET,
  SECRET_KEY: SECRET,
  PUBLIC_URL: 'https://shop.example.com',
}
const CLOUD: Env = { WHATSAPP_ACCESS_TOKEN: SECRET, WHATSAPP_APP_SECRET: SECRET, WHATSAPP_VERIFY_TOKEN: SECRET }
const ELSEWHERE: Env = { WHATSAPP_API_URL: 'http://emulator:4000/_emulator' }

const roles = (env: Env, named: Role[] | null = null) => rolesFor(readConfig({ ...PRODUCTION, ...env }), named)
const withoutEmulator = PROCESS_ROLES.filter((role) => role !== 'emulator')

test('outside production all roles run, the emulator included, unless real credentials are set', () => {
  const home = { NODE_ENV: 'test', SECRET_KEY: SECRET }
  expect(roles(home)).toEqual(PROCESS_ROLES)
  expect(roles({ ...home, ...CLOUD })).toEqual(withoutEmulator)
})

test('production with credentials runs everything but the emulator', () => {
  expect(roles(CLOUD)).toEqual(withoutEmulator)
})

test.each<[Role[] | null]>([[null], [['api']], [['worker']], [['api', 'worker', 'bot']]])(
  'production without credentials does not start %j, and says what to set',
  (named) => {
    expect(() => roles({}, named)).toThrow(/WHATSAPP_ACCESS_TOKEN is missing.*--roles .*emulator.*EMULATOR_SECRET/)
    expect(() => roles({ EMULATOR_SECRET: SECRET }, named)).toThrow(/WHATSAPP_ACCESS_TOKEN is missing/)
  },
)

test('production runs the emulator when it is named and has a secret', () => {
  const named: Role[] = ['api', 'emulator']
  expect(() => roles({}, named)).toThrow(/EMULATOR_SECRET is missing/)
  expect(roles({ EMULATOR_SECRET: SECRET }, named)).toEqual(named)
  expect(() => roles({ ...CLOUD, EMULATOR_SECRET: SECRET }, named)).toThrow(/never mounted beside real credentials/)
})

test('roles beside an emulator in another process run, and without --roles it is not started a second time', () => {
  expect(roles(ELSEWHERE, ['api'])).toEqual(['api'])
  expect(roles(ELSEWHERE)).toEqual(withoutEmulator)
})

test('roles in separate processes need DATABASE_URL and REDIS_URL', () => {
  const config = readConfig({ NODE_ENV: 'test', SECRET_KEY: SECRET })
  expect(() => rolesFor(config, ['api'])).toThrow(/set DATABASE_URL and REDIS_URL/)
  expect(rolesFor(config, ['api', 'worker'])).toEqual(['api', 'worker'])
})
