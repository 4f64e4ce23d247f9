import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import { createEmulatorAccess } from '../../server/emulator/access/emulator-access.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'

const SECRET = 'the-secret-of-the-emulator'
const PRODUCTION = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'http://localhost',
  BOT_API_KEY: 'the-key-of-the-bots-in-this-test',
  SECRET_KEY: 'the-secret-key-of-this-test',
}

let webDir: string
let storeline: TestStoreline
beforeAll(async () => {
  webDir = await mkdtemp(join(tmpdir(), 'storeline-phone-'))
  await mkdir(join(webDir, 'server/emulator/phone'), { recursive: true })
  await writeFile(join(webDir, 'server/emulator/phone/index.html'), 'the phone itself')
  const env = { ...PRODUCTION, WEB_DIR: webDir, EMULATOR_SECRET: SECRET }
  storeline = await startTestStoreline({ runtime: 'redis', roles: ['api', 'worker', 'emulator'], env })
})
afterAll(async () => {
  await storeline[Symbol.asyncDispose]()
  await rm(webDir, { recursive: true, force: true })
})

const request = (path: string, init: RequestInit = {}) =>
  fetch(`${storeline.url}${path}`, { redirect: 'manual', ...init })
const signIn = (secret: string, headers: Record<string, string> = {}) =>
  request('/_emulator/sign-in', { method: 'POST', headers, body: new URLSearchParams({ secret }) })
const socketAnswer = async (headers: Record<string, string>): Promise<string> => {
  const socket = new WebSocket(`${storeline.url.replace('http', 'ws')}/_emulator/socket`, { headers })
  const outcome = await once(socket, 'open').then(
    () => 'open',
    (error: Error) => error.message,
  )
  socket.terminate()
  return outcome
}

describe('in production the emulator', () => {
  test.each([
    ['GET', '/state'],
    ['GET', '/deliveries'],
    ['GET', '/templates'],
    ['GET', '/chats/1/2'],
    ['GET', '/images/wamid.1'],
    ['POST', '/customers'],
    ['POST', '/chats/1/2/messages'],
    ['POST', '/images'],
    ['POST', '/templates/1/status'],
    ['POST', '/faults'],
    ['DELETE', '/faults'],
    ['POST', '/clock'],
    ['POST', '/verify'],
    ['POST', '/reset'],
  ])('answers 401 to %s %s without the secret', async (method, path) => {
    for (const authorization of [undefined, 'Bearer ', `Bearer ${SECRET}x`, `Basic ${SECRET}`, SECRET]) {
      const response = await request(`/_emulator/control${path}`, {
        method,
        headers: authorization ? { authorization } : {},
      })
      expect([response.status, response.headers.get('www-authenticate')], authorization).toEqual([401, 'Bearer'])
      expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining('EMULATOR_SECRET') } })
    }
  })

  test('admits programs that send the secret as a bearer token', async () => {
    const headers = { authorization: `Bearer ${SECRET}` }
    const response = await request('/_emulator/control/state', { headers })
    expect(await response.json()).toMatchObject({ numbers: [{ phoneNumberId: storeline.shop.phoneNumberId }] })
    expect(await socketAnswer(headers)).toBe('open')
  })

  test('answers the phone page with a form for the secret, and admits a browser that sends it', async () => {
    const asked = await request('/phone')
    expect(asked.status).toBe(401)
    const form = await asked.text()
    expect(form).toContain('EMULATOR_SECRET')
    expect(form).not.toContain('the phone itself')
    expect(asked.headers.get('content-security-policy')).toMatch(/default-src 'none'.*form-action 'self'/)

    const wrong = await signIn('something-else-entirely')
    expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([401, null])
    expect(await wrong.text()).toContain('Wrong secret. Try again.')
    expect((await signIn(SECRET, { origin: 'https://elsewhere.example' })).status).toBe(403)

    const right = await signIn(SECRET)
    expect([right.status, right.headers.get('location')]).toEqual([303, '/phone'])
    const given = right.headers.get('set-cookie') ?? ''
    expect(given).toMatch(/; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax$/)
    expect(given).not.toContain(SECRET)
    const cookie = given.split(';')[0] ?? ''
    expect(await (await request('/phone', { headers: { cookie } })).text()).toBe('the phone itself')
    expect((await request('/_emulator/control/state', { headers: { cookie } })).status).toBe(200)
    expect(await socketAnswer({ cookie })).toBe('open')
    const foreign = { cookie, origin: 'https://elsewhere.example' }
    expect((await request('/_emulator/control/state', { headers: foreign })).status).toBe(403)
  })

  test('refuses sockets without the secret or a valid cookie', async () => {
    expect(await socketAnswer({})).toContain('401')
    expect(await socketAnswer({ cookie: 'storeline_emulator=9999999999999.AAAA' })).toContain('401')
  })

  test('admits to the Cloud API by its access token only, not by the secret', async () => {
    for (const authorization of [undefined, `Bearer ${SECRET}`]) {
      const headers: Record<string, string> = authorization ? { authorization } : {}
      expect((await request('/_emulator/media/1', { headers })).status).toBe(401)
      expect((await request(`/_emulator/v25.0/${storeline.shop.phoneNumberId}`, { headers })).status).toBe(401)
    }
  })
})

test('the cookie of a browser expires after twelve hours, cannot be prolonged, and is Secure when the public URL is https', () => {
  let now = 1_000
  const access = createEmulatorAccess(SECRET, { secure: true, now: () => now })
  const given = access.admit(SECRET) ?? ''
  expect(given).toMatch(/; Secure$/)
  const cookie = given.split(';')[0] ?? ''
  expect(access.isAdmitted({ cookie: `other=1; ${cookie}` })).toBe(true)
  expect(access.isAdmitted({ cookie: cookie.replace(/=\d+/, '=99999999999999') })).toBe(false)
  expect(createEmulatorAccess('another-secret-altogether', { now: () => now }).isAdmitted({ cookie })).toBe(false)
  now += 12 * 3600_000
  expect(access.isAdmitted({ cookie })).toBe(false)
})

test('a production api without the secret serves no phone page', async () => {
  const env = { ...PRODUCTION, WEB_DIR: webDir, WHATSAPP_API_URL: 'http://127.0.0.1:9/_emulator' }
  await using api = await startTestStoreline({ runtime: 'redis', roles: ['api'], env })
  expect((await fetch(`${api.url}/phone`)).status).toBe(404)
})
